"""The ways that a step takes: recorded over many steps and regimes, told apart by flags and guards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.phases import LateError
from optreview.evidence.dynamic.rule.program.budget import UntraceableError
from optreview.evidence.dynamic.rule.program.expression import Expressions
from optreview.evidence.dynamic.rule.program.instructions import (
    Call,
    OtherwiseError,
    Read,
    Situation,
    execute,
)
from optreview.evidence.dynamic.rule.program.memo import unread, without
from optreview.evidence.dynamic.rule.program.regimes import REGIMES
from optreview.evidence.dynamic.rule.program.shadows import largest, smallest
from optreview.evidence.dynamic.rule.program.tracing import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.rule.program.budget import Budget
    from optreview.evidence.dynamic.rule.program.instructions import Program
    from optreview.evidence.dynamic.rule.program.regimes import Regime
    from optreview.evidence.dynamic.trials.trial import Trial

#: Steps that are recorded under normal gradients, and under the others.
STEPS, FEWER = 24, 6
#: Ways after which it is said that a step takes another way every time.
_MOST = 48
#: Steps that all differ in what they call: the next will as well.
_PATIENCE = 8
#: Steps after which what is done once, or starts late, has been done or has started.
_FIRST = 3
#: Instructions from which on a step is long.
_LONG = 1000


@dataclass
class Variant:
    """One way, and the steps under normal gradients in which it was taken."""

    program: Program
    steps: list[int] = field(default_factory=list)


@dataclass
class Variants:
    """All ways that were seen.

    Attributes:
        capped: There were more; the rest was not recorded.
        mutates_gradient: The values of a gradient were others after a step.
        memos: Places that the programs leave out, as what they hold at the start of a step decides nothing.
    """

    found: list[Variant] = field(default_factory=list)
    capped: bool = False
    mutates_gradient: bool = False
    memos: frozenset[str] = frozenset()

    @property
    def settled(self) -> bool:
        """Whether no way was taken for the first time after the first few steps."""
        return not self.capped and all(min(each.steps, default=STEPS) <= _FIRST for each in self.found)

    @property
    def merged(self) -> bool:
        """Whether in some way ``max`` of a tensor and a number is recorded as a tensor."""
        calls = (each for way in self.found for each in way.program.instructions if isinstance(each, Call))
        return any(each.function in {largest, smallest} for each in calls)

    def add(self, program: Program, step: int | None) -> Variant | None:
        """Note a way, unless it is known; ``step`` counts from 1. None where there are too many."""
        variant = next((each for each in self.found if _same(each.program, program)), None)
        if variant is None:
            if len(self.found) >= _MOST:
                self.capped = True
                return None
            variant = Variant(program)
            self.found.append(variant)
        if step is not None:
            variant.steps.append(step)
        return variant

    def condense(self) -> None:
        """Leave out what decides nothing, by which ways that are one would be several."""
        found, self.found = self.found, []
        self.memos |= unread([each.program for each in found])
        for each in found:
            program = without(each.program, self.memos)
            self.add(program, None)
            kept = next((one for one in self.found if _same(one.program, program)), None)
            if kept is not None:
                kept.steps = sorted({*kept.steps, *each.steps})

    def step(self, before: Situation, closure: Callable[..., object] | None) -> Situation | None:
        """Take a step in whichever way applies; None where none does."""
        suited = [each.program for each in self.found if _suits(each.program, before)]
        for program in suited:
            there = before.copied() if len(suited) > 1 else before
            generator = torch.get_rng_state()
            try:
                return execute(program, there, closure)
            except (OtherwiseError, ArithmeticError, KeyError):
                torch.set_rng_state(generator)
        return None


def record(make: Callable[[], Trial], budget: Budget | None = None, *, merging: bool = True) -> Variants:
    """Record an optimizer under every regime, a new instance for each.

    Raises:
        UntraceableError: It cannot be recorded.
        Exception: It raises under normal gradients.
    """
    variants, expressions = Variants(), Expressions()
    for regime in REGIMES:
        trial = make()
        try:
            with Tracer(
                trial.optimizer, trial.parameters, expressions, budget, merging=merging, named=False
            ) as tracer:
                _record(trial, tracer, regime, variants)
        except (UntraceableError, LateError):
            raise
        except Exception:
            if regime is REGIMES[0]:
                raise
            # other gradients may be more than it bears: what it did before that is recorded
        if not any(map(depends_on_values, (each.program for each in variants.found))):
            break
    variants.condense()
    return variants


def depends_on_values(program: Program) -> bool:
    """Whether other gradients may lead elsewhere: it reads numbers of tensors, or writes into a gradient."""
    if any(isinstance(each, Read) for each in program.instructions):
        return True
    given = {number for place, number in program.inputs if place.startswith("grad.")}
    return any(isinstance(each, Call) and given & set(each.written) for each in program.instructions)


def _record(trial: Trial, tracer: Tracer, regime: Regime, variants: Variants) -> None:
    usual = regime is REGIMES[0]
    programs: list[Program] = []
    trial.observe = lambda closure: programs.append(tracer.step(closure))
    for index in range(STEPS if usual else FEWER):
        trial.step(regime(trial, index), index)
        variants.add(programs[-1], index + 1 if usual else None)
        if index + 1 == _PATIENCE and usual:
            _require_pattern(programs, len(variants.found))
        variants.mutates_gradient |= _mutated(trial)


def _require_pattern(programs: list[Program], ways: int) -> None:
    """So many steps are enough to see that none is like another, and where they are long, to give up.

    Raises:
        UntraceableError: Each makes other calls than every other, or they are long and each its own way.
    """
    calls = {
        tuple(each.name for each in program.instructions if isinstance(each, Call)) for program in programs
    }
    long = sum(len(program.instructions) for program in programs) > _LONG * len(programs)
    if len(calls) == len(programs) or (long and ways == len(programs)):
        raise UntraceableError(
            f"It takes another way through its code in each of the first {len(programs)} steps, so that no "
            "recorded step tells what the next one does."
        )


def _mutated(trial: Trial) -> bool:
    pairs = zip(trial.parameters, trial.given, strict=True)
    return any(
        p.grad is not None and before is not None and not torch.equal(p.grad.to_dense(), before.to_dense())
        for p, before in pairs
    )


def _suits(program: Program, before: Situation) -> bool:
    places = {place for place, _ in program.inputs}
    return (
        program.flags == before.flags
        and places == before.tensors.keys()
        and program.numbers == tuple(sorted(before.numbers))
    )


def _same(one: Program, other: Program) -> bool:
    return (
        _key(one) == _key(other)
        and len(one.constants) == len(other.constants)
        and all(
            a[0] == b[0] and torch.equal(a[1], b[1])
            for a, b in zip(one.constants, other.constants, strict=True)
        )
    )


def _key(program: Program) -> tuple[object, ...]:
    return (
        program.inputs,
        program.flags,
        program.numbers,
        program.tensors,
        program.scalars,
        program.left,
        program.instructions,
    )
