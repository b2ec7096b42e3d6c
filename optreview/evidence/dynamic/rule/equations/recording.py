"""Records the steps of an optimizer on one tensor, under all kinds of gradients, as ways that it takes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch

from optreview.evidence.dynamic.phases import LateError
from optreview.evidence.dynamic.rule.program.budget import UntraceableError
from optreview.evidence.dynamic.rule.program.expression import Expressions
from optreview.evidence.dynamic.rule.program.expression import leaves as expression_leaves
from optreview.evidence.dynamic.rule.program.instructions import Guard
from optreview.evidence.dynamic.rule.program.memo import unread, without
from optreview.evidence.dynamic.rule.program.regimes import EXTREMES, REGIMES
from optreview.evidence.dynamic.rule.program.tracing import Tracer, situation
from optreview.evidence.dynamic.rule.program.variants import FEWER, STEPS, Variants

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.rule.equations.storage import Closing
    from optreview.evidence.dynamic.rule.program.instructions import Program, Situation
    from optreview.evidence.dynamic.rule.program.regimes import Regime
    from optreview.evidence.dynamic.rule.program.settings import Settings
    from optreview.evidence.dynamic.trials.stage import Shape, Stage
    from optreview.evidence.dynamic.trials.trial import Trial

#: The first number of steps under unusual gradients, and what each of the extremes begins at a multiple of.
OTHER = 1000


@dataclass
class Way:
    """One way, where it was first taken, and in which steps it was."""

    program: Program
    before: Situation
    closure: Closing | None = None
    steps: list[int] = field(default_factory=list)

    @property
    def only_first(self) -> bool:
        """Whether it was taken in first steps only."""
        return all(step % OTHER == 1 for step in self.steps)

    @property
    def extremes(self) -> tuple[str, ...]:
        """Under which extremes alone it was taken; none where it was taken otherwise."""
        numbers = {step // OTHER - 2 for step in self.steps}
        return () if min(numbers) < 0 else tuple(name for at, name in enumerate(EXTREMES) if at in numbers)


@dataclass(frozen=True)
class Recorded:
    """The steps of an optimizer on one tensor.

    Attributes:
        start: What there is before the first step.
        shape: Of the tensor.
        unread: Places that the programs leave out.
    """

    ways: list[Way]
    start: Situation
    shape: Shape
    unread: frozenset[str] = frozenset()

    @property
    def extremes(self) -> tuple[str, ...]:
        """The extremes under which it takes ways that it takes nowhere else."""
        found = {name for way in self.ways for name in way.extremes}
        return tuple(name for name in EXTREMES if name in found)

    def without_extremes(self) -> Recorded:
        """The same, less those ways."""
        return replace(self, ways=[way for way in self.ways if not way.extremes])


def recorded(stage: Stage, settings: Settings, shape: Shape, *, steps: int = STEPS) -> Recorded:
    """The ways under the usual gradients; where numbers of tensors decide, under others as well.

    Steps under others are numbered from a thousand on, and those under each extreme from a thousand more.
    ``steps`` are taken under the usual ones.

    Raises:
        UntraceableError: A step cannot be recorded.
        Exception: It raises under the usual gradients.
    """
    variants, expressions = Variants(), Expressions()
    ways: list[Way] = []
    start = _record(stage, settings, shape, (0, REGIMES[0]), variants, expressions, ways, steps)
    others = [(OTHER, each) for each in REGIMES[1:]]
    others += [(OTHER * number, each) for number, each in enumerate(EXTREMES.values(), 2)]
    if any(_read(each.program) for each in ways):
        for numbered in others:
            try:
                _record(stage, settings, shape, numbered, variants, expressions, ways, FEWER)
            except (UntraceableError, LateError):
                raise
            except Exception:  # noqa: BLE001, S112 - other gradients may be more than it bears
                continue
    places = unread([each.program for each in ways])
    return Recorded(_condensed(ways, places), start, shape, places)


def _record(  # noqa: PLR0913, PLR0917 - what is recorded, and where it is noted
    stage: Stage,
    settings: Settings,
    shape: Shape,
    numbered: tuple[int, Regime],
    variants: Variants,
    expressions: Expressions,
    ways: list[Way],
    steps: int,
) -> Situation:
    trial = stage.trial((shape,), options=settings)
    start = situation(trial.optimizer, trial.parameters).copied()
    first, regime = numbered
    taken: list[torch.Tensor] = []

    tracer = Tracer(trial.optimizer, trial.parameters, expressions)

    def observe(closure: Callable[[], Any] | None) -> None:
        if any(each.layout is not torch.strided for each in _gradients(trial)):
            raise UntraceableError("Its gradients are sparse, and programs are recorded on dense ones.")
        before = situation(trial.optimizer, trial.parameters).copied()
        if any(each.requires_grad for each in _gradients(trial)):
            before.curvature = trial.curvature
        program = tracer.step(closure)
        number = first + len(taken)
        found = variants.add(program, number)
        if found is None:
            return
        way = next((each for each in ways if each.program is found.program), None)
        if way is None:
            closing = _closing(taken[-1], before.tensors["param.0"], trial.curvature)
            way = Way(found.program, before, closing)
            ways.append(way)
        way.steps.append(number)

    trial.observe = observe
    with tracer:
        for index in range(steps):
            gradients = regime(trial, index)
            taken.append(gradients[0])
            trial.step(gradients, index)
    return start


def _gradients(trial: Trial) -> list[torch.Tensor]:
    return [each.grad for each in trial.parameters if each.grad is not None]


def _closing(gradient: torch.Tensor, anchor: torch.Tensor, curvature: float) -> Closing:
    """What the closure of a trial returns in this step, at any parameters."""

    def close(parameters: dict[int, torch.Tensor]) -> tuple[dict[int, torch.Tensor], torch.Tensor]:
        away = parameters[0] - anchor
        loss = (parameters[0] * gradient).sum() + curvature * (away * away).sum() / 2
        return {0: gradient + curvature * away}, loss

    return close


def _read(program: Program) -> bool:
    """Whether what is in a tensor decides which way it takes."""
    guards = [each.expression for each in program.instructions if isinstance(each, Guard)]
    return any(leaf.op == "item" for each in guards for leaf in expression_leaves(each))


def _condensed(ways: list[Way], places: frozenset[str]) -> list[Way]:
    """Without places that decide nothing: what they make different are one way."""
    if not places:
        return ways
    known = Variants()
    found: list[Way] = []
    for each in ways:
        variant = known.add(without(each.program, places), None)
        if variant is None:
            continue
        way = next((one for one in found if one.program is variant.program), None)
        if way is None:
            way = Way(variant.program, each.before, each.closure)
            found.append(way)
        way.steps = sorted([*way.steps, *each.steps])
    return found
