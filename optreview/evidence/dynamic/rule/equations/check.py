"""Proof of the equations: the printed text is read back and run in float64 beside the optimizer."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.phases import LateError
from optreview.evidence.dynamic.rule.equations.laying import beside
from optreview.evidence.dynamic.rule.equations.modes import Draws, Widened
from optreview.evidence.dynamic.rule.equations.start import Start
from optreview.evidence.dynamic.rule.language import Rule, parse
from optreview.evidence.dynamic.rule.program.tracing import situation
from optreview.notation.faults import RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from optreview.evidence.dynamic.rule.equations.ways import Reading
    from optreview.evidence.dynamic.rule.program.instructions import Situation
    from optreview.evidence.dynamic.rule.program.settings import Settings
    from optreview.evidence.dynamic.trials.stage import Shape, Stage
    from optreview.evidence.dynamic.trials.trial import Trial

    Values = dict[str, torch.Tensor | float]
    Block = Callable[..., torch.Tensor]
    Around = AbstractContextManager[object]

STEPS = 20
#: Between these the difference may come from rounding: it is looked whether it goes away without.
_NEAR, _ROUNDED = 0.1, 1e-10
#: Where the equations are as many times farther away than the optimizer has moved, they go elsewhere.
_LOST = 1e6
_NOTHING = nullcontext()


@dataclass(frozen=True)
class Check:
    """How far the equations end from the optimizer.

    Attributes:
        error: The largest distance of the parameter in a step, over how far it had moved by then.
        rounded: Types of fewer bits that it rounds to, where the figure is without these roundings.
        initial: State entries that do not start at zero, with what they start at.
        problem: Why there is no figure.
    """

    error: float | None
    rounded: tuple[str, ...] = ()
    initial: tuple[tuple[str, str], ...] = ()
    problem: str = ""


def check(  # noqa: PLR0913 - all that there is to run
    text: str, reading: Reading, stage: Stage, settings: Settings, shape: Shape, *, later: bool = False
) -> Check:
    """Run the text and the optimizer side by side, both in float64.

    Args:
        text: In the language of rules.
        reading: Whose names and functions the text uses.
        stage: The class and how it is driven.
        settings: Constructor arguments, others than those under which the rule was read.
        shape: Of the tensor, another than that on which it was read.
        later: From the second step on, with the state that the first has left.
    """
    found: Check | None = None
    try:
        rule = parse(text)
        found = _beside(rule, reading, stage, settings, shape, later=later)
        if found is not None and (found.error is None or not _NEAR > found.error > _ROUNDED):
            return found
        wide = Widened()
        without = _beside(rule, reading, stage, settings, shape, later=later, around=wide)
    except RuleError as error:
        return found or Check(None, problem=str(error))
    if found is None:
        found = Check(None, problem="It does not run in float64.")
    if without is None or without.error is None or not wide.names:
        return found
    if found.error is not None and not without.error < found.error:
        return found
    return replace(without, rounded=tuple(sorted(wide.names)))


def _beside(  # noqa: PLR0913 - all that there is to run
    rule: Rule,
    reading: Reading,
    stage: Stage,
    settings: Settings,
    shape: Shape,
    *,
    later: bool,
    around: Around = _NOTHING,
) -> Check | None:
    """The figure; None where the optimizer breaks down, whose code runs under ``around``.

    Raises:
        RuleError: The rule does.
    """
    try:
        with around:
            trial = stage.trial((shape,), options=settings, dtype=torch.float64)
        return Beside(rule, reading, trial, around).run(later=later)
    except (RuleError, LateError):
        raise
    except Exception:  # noqa: BLE001 - reviewed code raises what it likes
        return None


class Beside:
    """A rule and an optimizer that take the same steps."""

    def __init__(self, rule: Rule, reading: Reading, trial: Trial, around: Around = _NOTHING) -> None:
        self.rule = rule
        self.reading = reading
        self.trial = trial
        self.around = around
        self.places = {symbol.name: place for symbol, place in reading.symbols.place.items()}
        self.given: Values = {}

    def run(self, *, later: bool) -> Check:
        """The figure."""
        trial = self.trial
        start = trial.parameters[0].detach().clone()
        state: Values = {}
        initial: tuple[tuple[str, str], ...] = ()
        worst = farthest = 0.0
        for index in range(STEPS):
            before = situation(trial.optimizer, trial.parameters).copied()
            gradients = [each.double() for each in trial.gradients(index + 3)]
            with self.around, Draws() as draws:
                trial.step(gradients, index)
            given = self.gradient(gradients[0])
            here = trial.parameters[0].detach()
            if index == 0 and later:
                continue
            blocks = {
                **self.blocks(gradients[0], before.tensors["param.0"]),
                "random": draws.number,
            }
            if not state:
                # once: what changes afterwards is for the rule to say
                self.give(before)
                after = situation(trial.optimizer, trial.parameters)
                env = {**self.given, "t": index + 1.0, "g": given}
                beginning = Start(self.rule, self.places, before, after, env, blocks)
                state, initial = beginning.state()
                self.given |= {name: state.pop(name) for name in beginning.fixed}
            env = {**self.given, "t": index + 1.0, "g": given}
            state = dict(self.rule.run(state, env, blocks))
            away = float((here - state["p"]).abs().max())
            moved = float((here - start).abs().max())
            farthest = max(farthest, moved)
            if not away <= moved * _LOST:
                return Check(float("inf"), initial=initial)
            worst = max(worst, away / moved if moved else away)
        if not farthest:
            return Check(None, problem="The parameter does not move by itself, so that nothing shows.")
        return Check(worst, initial=initial)

    def gradient(self, asked: torch.Tensor) -> torch.Tensor:
        """What the step found in ``.grad``, which a backward pass of the optimizer's own may have scaled."""
        found = self.trial.given[0] if self.trial.plan.own_backward else None
        return asked if found is None else found

    def give(self, before: Situation) -> None:
        """Hyperparameters, and tensors of the group's; state that no line assigns starts at something."""
        self.reading.blocks.numbers = before.numbers
        self.reading.blocks.shape = tuple(before.tensors["param.0"].shape)
        for name in self.rule.names.read - {"g", "p", "t"}:
            place = self.places.get(name)
            if place in before.numbers:
                self.given[name] = float(before.numbers[place])
            elif place in before.tensors and not place.startswith("state."):
                self.given[name] = beside(before.tensors["param.0"], before.tensors[place])

    def blocks(self, gradient: torch.Tensor, before: torch.Tensor) -> Mapping[str, Block]:
        """Functions of the text in this step; the loss is the one that the trial differentiates."""
        blocks, curvature = self.reading.blocks, self.trial.curvature

        def loss(at: torch.Tensor) -> torch.Tensor:
            return (at * gradient).sum() + curvature * ((at - before) ** 2).sum() / 2

        def within(block: Block) -> Block:
            def computed(*values: torch.Tensor) -> torch.Tensor:
                with self.around:
                    return block(*values)

            return computed

        return {
            **{name: within(block) for name, block in blocks.implementations.items()},
            "grad_at": lambda at: gradient + curvature * (at - before),
            "loss_at": loss,
            "hessian_product": lambda towards: curvature * towards,
        }
