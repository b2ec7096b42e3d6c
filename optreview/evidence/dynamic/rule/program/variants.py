"""The ways that a step takes: recorded over many steps and regimes, told apart by flags and guards."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.rule.program.expression import Expressions
from optreview.evidence.dynamic.rule.program.instructions import Call, OtherwiseError, Situation, execute
from optreview.evidence.dynamic.rule.program.regimes import REGIMES
from optreview.evidence.dynamic.rule.program.shadows import largest, smallest
from optreview.evidence.dynamic.rule.program.tracing import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.rule.program.budget import Budget
    from optreview.evidence.dynamic.rule.program.instructions import Program
    from optreview.evidence.dynamic.rule.program.regimes import Regime
    from optreview.evidence.dynamic.trial import Trial

#: Steps that are recorded under normal gradients, and under the others.
STEPS, FEWER = 24, 6
#: Ways after which it is said that a step takes another way every time.
_MOST = 48


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
    """

    found: list[Variant] = field(default_factory=list)
    capped: bool = False
    mutates_gradient: bool = False

    @property
    def merged(self) -> bool:
        """Whether in some way ``max`` of a tensor and a number is recorded as a tensor."""
        calls = (each for way in self.found for each in way.program.instructions if isinstance(each, Call))
        return any(each.function in {largest, smallest} for each in calls)

    def add(self, program: Program, step: int | None) -> None:
        """Note a way, unless it is known; ``step`` counts from 1."""
        variant = next((each for each in self.found if _same(each.program, program)), None)
        if variant is None:
            if len(self.found) >= _MOST:
                self.capped = True
                return
            variant = Variant(program)
            self.found.append(variant)
        if step is not None:
            variant.steps.append(step)

    def step(self, before: Situation, closure: Callable[..., object] | None) -> Situation | None:
        """Take a step in whichever way applies; None where none does."""
        suited = [each.program for each in self.found if _suits(each.program, before)]
        for program in suited:
            there = copy.deepcopy(before) if len(suited) > 1 else before
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
    """
    variants, expressions = Variants(), Expressions()
    for regime in REGIMES:
        trial = make()
        tracer = Tracer(trial.optimizer, trial.parameters, expressions, budget, merging=merging)
        _record(trial, tracer, regime, variants)
    return variants


def _record(trial: Trial, tracer: Tracer, regime: Regime, variants: Variants) -> None:
    usual = regime is REGIMES[0]
    programs: list[Program] = []
    trial.observe = lambda closure: programs.append(tracer.step(closure))
    for index in range(STEPS if usual else FEWER):
        trial.step(regime(trial, index), index)
        variants.add(programs.pop(), index + 1 if usual else None)
        variants.mutates_gradient |= _mutated(trial)


def _mutated(trial: Trial) -> bool:
    pairs = zip(trial.parameters, trial.given, strict=True)
    return any(
        p.grad is not None and before is not None and not torch.equal(p.grad, before) for p, before in pairs
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
