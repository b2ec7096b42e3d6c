"""Proof of the equations: the printed text is read back and run in float64 beside the optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.rule.language import Rule, parse
from optreview.evidence.dynamic.rule.program.tracing import situation
from optreview.notation.faults import RuleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optreview.evidence.dynamic.rule.equations.ways import Reading
    from optreview.evidence.dynamic.rule.program.settings import Settings
    from optreview.evidence.dynamic.trials.stage import Shape, Stage
    from optreview.evidence.dynamic.trials.trial import Trial

    Values = dict[str, torch.Tensor | float]

STEPS = 20


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
        return Check(None, problem="it draws random numbers")
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
        self.numbers = situation(trial.optimizer, trial.parameters).numbers
        self.tensors = situation(trial.optimizer, trial.parameters).copied().tensors
        self.places = {symbol.name: place for symbol, place in reading.symbols.place.items()}
        self.initial: dict[str, str] = {}

    def run(self) -> Check:
        trial = self.trial
        start = trial.parameters[0].detach().clone()
        state: Values = {}
        worst = 0.0
        for index in range(STEPS):
            before = trial.parameters[0].detach().clone()
            gradients = [each.double() for each in trial.gradients(index + 3)]
            trial.step(gradients, index)
            env = self._env(gradients[0], index + 1)
            if index == 0:
                state = self._start(env, before)
            state = dict(self.rule.run(state, env, self.reading.blocks.implementations))
            here = trial.parameters[0].detach()
            away = float((here - state["p"]).abs().max())
            moved = float((here - start).abs().max())
            if not away <= moved * 1e6:
                return Check(float("inf"), tuple(sorted(self.initial.items())))
            worst = max(worst, away / moved if moved else away)
        return Check(worst, tuple(sorted(self.initial.items())))

    def _env(self, gradient: torch.Tensor, step: int) -> Values:
        env: Values = {"t": float(step), "g": gradient}
        for name in self.rule.names.read:
            place = self.places.get(name)
            if place in self.numbers:
                env[name] = float(self.numbers[place])
            elif place in self.tensors and name not in {"g", "p"}:
                env[name] = self.tensors[place].double()
        return env

    def _start(self, env: Values, parameter: torch.Tensor) -> Values:
        """The state before the first step: what is there, else what leads to what is there after it."""
        state: Values = {"p": parameter}
        unknown = []
        for name in sorted(self.rule.names.state - {"p"}):
            place = self.places.get(name, "")
            if place in self.numbers:
                state[name] = float(self.numbers[place])
            elif place in self.tensors:
                state[name] = self.tensors[place].double()
            else:
                state[name] = torch.zeros_like(parameter)
                unknown.append(name)
        after = situation(self.trial.optimizer, self.trial.parameters)
        for name in unknown:
            self._fit(name, state, env, parameter, after.tensors, after.numbers)
        for name in [] if self._leads(state, env) else unknown:
            kept = state[name]
            for word, value in self._candidates(env, parameter).items():
                state[name] = value if torch.as_tensor(kept).numel() > 1 else value.flatten()[0]
                if self._leads(state, env):
                    self.initial[name] = word
                    return state
            state[name] = kept
        return state

    def _leads(self, state: Values, env: Values) -> bool:
        """Whether the first step from there ends where the optimizer is."""
        here = self.trial.parameters[0].detach()
        try:
            found = self.rule.run(state, env, self.reading.blocks.implementations)["p"]
        except RuleError:
            return False
        return torch.allclose(found, here, rtol=1e-7, atol=0)

    def _candidates(self, env: Values, parameter: torch.Tensor) -> dict[str, torch.Tensor]:
        found = {
            "0": torch.zeros_like(parameter),
            "p": parameter,
            "g": torch.as_tensor(env["g"]),
            "1": torch.ones_like(parameter),
        }
        names = {place: name for name, place in self.places.items()}
        numbers = {names[each]: float(value) for each, value in self.numbers.items() if each in names}
        return found | {key: torch.full_like(parameter, value) for key, value in numbers.items()}

    def _fit(  # noqa: PLR0913 - everything that a value may come from
        self,
        name: str,
        state: Values,
        env: Values,
        parameter: torch.Tensor,
        tensors: Mapping[str, torch.Tensor],
        numbers: Mapping[str, float],
    ) -> None:
        """Zero, unless another start leads to the value that is really there after the first step."""
        place = self.places.get(name, "")
        real = tensors[place].double() if place in tensors else numbers.get(place)
        if real is None:
            return
        target = torch.as_tensor(real, dtype=torch.float64)
        single = place in tensors and tensors[place].dtype != torch.float64
        if target.numel() == 1 and parameter.numel() > 1:
            state[name] = torch.zeros((), dtype=torch.float64)
        candidates = self._candidates(env, parameter)
        for word, value in candidates.items():
            fitting = value if target.shape == parameter.shape or value.numel() == 1 else value.flatten()[0]
            if word in {"p", "g"} and target.shape != parameter.shape:
                continue
            state[name] = fitting
            try:
                found = self.rule.run(state, env, self.reading.blocks.implementations)[name]
            except RuleError:
                continue
            if found.numel() == target.numel() and torch.allclose(
                found.flatten(), target.flatten(), rtol=1e-5 if single else 1e-9, atol=1e-30
            ):
                if word != "0":
                    self.initial[name] = word
                return
        state[name] = torch.zeros_like(parameter) if target.shape == parameter.shape else torch.zeros(())
