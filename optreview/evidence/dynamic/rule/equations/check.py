"""Proof of the equations: the printed text is read back and run in float64 beside the optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.rule.equations.start import Start
from optreview.evidence.dynamic.rule.language import Rule, parse
from optreview.evidence.dynamic.rule.program.tracing import situation
from optreview.notation.faults import RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from optreview.evidence.dynamic.rule.equations.ways import Reading
    from optreview.evidence.dynamic.rule.program.settings import Settings
    from optreview.evidence.dynamic.trials.stage import Shape, Stage
    from optreview.evidence.dynamic.trials.trial import Trial

    Values = dict[str, torch.Tensor | float]
    Block = Callable[..., torch.Tensor]

STEPS = 20
#: Where the equations are as many times farther away than the optimizer has moved, they go elsewhere.
_LOST = 1e6


@dataclass(frozen=True)
class Check:
    """How far the equations end from the optimizer.

    Attributes:
        error: The largest distance of the parameter in a step, over how far it had moved by then.
        initial: State entries that do not start at zero, with what they start at.
        problem: Why there is no figure.
    """

    error: float | None
    initial: tuple[tuple[str, str], ...] = ()
    problem: str = ""


def check(text: str, reading: Reading, stage: Stage, settings: Settings, shape: Shape) -> Check:
    """Run the text and the optimizer side by side, both in float64.

    Args:
        text: In the language of rules.
        reading: Whose names and functions the text uses.
        stage: The class and how it is driven.
        settings: Constructor arguments, others than those under which the rule was read.
        shape: Of the tensor, another than that on which it was read.
    """
    if reading.random:
        return Check(None, problem="It draws random numbers.")
    try:
        rule = parse(text)
        return _Beside(rule, reading, stage.trial((shape,), options=settings, dtype=torch.float64)).run()
    except RuleError as error:
        return Check(None, problem=str(error))


class _Beside:
    def __init__(self, rule: Rule, reading: Reading, trial: Trial) -> None:
        self.rule = rule
        self.reading = reading
        self.trial = trial
        self.before = situation(trial.optimizer, trial.parameters)
        self.places = {symbol.name: place for symbol, place in reading.symbols.place.items()}
        self.fixed: dict[str, torch.Tensor] = {}

    def run(self) -> Check:
        trial = self.trial
        start = trial.parameters[0].detach().clone()
        state: Values = {}
        initial: dict[str, str] = {}
        worst = farthest = 0.0
        for index in range(STEPS):
            self.before = situation(trial.optimizer, trial.parameters).copied()
            gradients = [each.double() for each in trial.gradients(index + 3)]
            parameter = self.before.tensors["param.0"]
            trial.step(gradients, index)
            env = self._env(gradients[0], index + 1)
            blocks = self._blocks(gradients[0], parameter)
            if index == 0:
                after = situation(trial.optimizer, trial.parameters)
                beginning = Start(self.rule, self.places, self.before, after, env, blocks)
                state, initial = beginning.state()
                self.fixed = {name: torch.as_tensor(state.pop(name)) for name in beginning.fixed}
            state = dict(self.rule.run(state, {**env, **self.fixed}, blocks))
            here = trial.parameters[0].detach()
            away = float((here - state["p"]).abs().max())
            moved = float((here - start).abs().max())
            farthest = max(farthest, moved)
            if not away <= moved * _LOST:
                return Check(float("inf"), tuple(sorted(initial.items())))
            worst = max(worst, away / moved if moved else away)
        if not farthest:
            return Check(None, problem="The parameter does not move by itself, so that nothing shows.")
        return Check(worst, tuple(sorted(initial.items())))

    def _env(self, gradient: torch.Tensor, step: int) -> Values:
        env: Values = {"t": float(step), "g": gradient}
        for name in self.rule.names.read:
            place = self.places.get(name)
            if place in self.before.numbers:
                env[name] = float(self.before.numbers[place])
            elif place in self.before.tensors and name not in {"g", "p"} | self.fixed.keys():
                env[name] = self.before.tensors[place].double()
        return env

    def _blocks(self, gradient: torch.Tensor, before: torch.Tensor) -> Mapping[str, Block]:
        """Functions of the text in this step; the loss is the one that the trial differentiates."""
        blocks, curvature = self.reading.blocks, self.trial.curvature
        blocks.numbers = self.before.numbers

        def loss(at: torch.Tensor) -> torch.Tensor:
            return (at * gradient).sum() + curvature * ((at - before) ** 2).sum() / 2

        return {
            **blocks.implementations,
            "grad_at": lambda at: gradient + curvature * (at - before),
            "loss_at": loss,
            "hessian_product": lambda towards: curvature * towards,
        }
