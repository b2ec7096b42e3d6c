"""How a rule behaves whatever its numbers are: it is run on gradients that differ in one thing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import torch

from optreview.evidence.dynamic.rule.kinship.contrast import contrast
from optreview.evidence.dynamic.rule.kinship.course import settings
from optreview.evidence.dynamic.rule.kinship.running import SHAPES, run
from optreview.records import Invariants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from optreview.evidence.dynamic.rule.kinship.subject import Subject

    Coupling = Literal["element", "row", "column", "cross", "tensor"]
    Dependence = Literal["none", "scale", "direction", "other"]

#: Steps of a course, how many of the last are looked at for the scale, and of the longer course.
_STEPS, _LATE, _LONG = 16, 8, 60
_SMALLER = 1e-3
#: By what the gradients are multiplied for the scale; one power has to hold over all of them.
_SIZES = (64.0, 1 / 64)
#: Where one gradient is replaced, and by how many times itself.
_WHERE, _OTHERWISE = 3, -4.0
#: What is less than this of an update is rounding; what is less than that of a gradient's effect is over.
_NOTHING, _FADED = 1e-9, 0.1
_ALIKE = 0.02
_VANISHED = 1e-30
_SEED = 31


@dataclass(frozen=True)
class _Trials:
    """Runs a rule for one set of values on one shape."""

    subject: Subject
    values: Mapping[str, float]
    shape: tuple[int, ...]

    def updates(self, gradients: Sequence[Tensor], start: Tensor | None = None) -> Tensor | None:
        """What each step adds; None where it cannot be run or does not stay finite."""
        start = _start(self.shape) if start is None else start
        places = run(self.subject, self.values, start, gradients)
        if places is None:
            return None
        stacked = torch.stack(places)
        return stacked[1:] - stacked[:-1] if bool(torch.isfinite(stacked).all()) else None


def measure(subject: Subject, dimensions: int) -> Invariants:
    """The invariants at the rule's own values; the reason where they cannot be had."""
    if subject.unknown:
        named = ", ".join(subject.unknown)
        return Invariants(reason=f"Its equations have functions without a text in them: {named}.")
    if not subject.proven:
        return Invariants(reason="Its equations are not proven to be what it computes.")
    trials = _trials(subject, _own(subject), dimensions)
    found = None if trials is None else _light(trials)
    if trials is None or found is None:
        return Invariants(reason="Its equations do not stay finite, or do not move the parameter.")
    memory, lasting = _memory(trials, _LONG)
    return Invariants(
        scale=found.scale,
        coupling=found.coupling,
        parameter=found.parameter,
        memory=memory,
        lasting=lasting,
        first=_first(trials),
    )


def unlike(
    one: Subject, values: Mapping[str, float], other: Subject, others: Mapping[str, float], dimensions: int
) -> dict[str, str] | None:
    """In which invariants two rules differ, each with words; None where they could not be measured.

    They have to differ with hyperparameters matched, or else it is these that differ, and at the values of
    each as well, or else it is what was matched with what; the words are those of the latter, as in
    ``measure``.

    Args:
        one: The rule.
        values: Of all its hyperparameters.
        other: The known one.
        others: The values that stand for its own.
        dimensions: Of the tensor.
    """
    shape = one.shape or other.shape
    mine, theirs = _cached(one, values, dimensions, shape), _cached(other, others, dimensions, shape)
    if mine is None or theirs is None:
        return None
    told = contrast(mine, theirs)
    if not told:
        return told
    here, there = _cached(one, _own(one), dimensions, shape), _cached(other, _own(other), dimensions, shape)
    if here is None or there is None:
        return None
    return {name: said for name, said in contrast(here, there).items() if name in told}


def _own(subject: Subject) -> dict[str, float]:
    values, _ = settings(subject)
    return values | {name: subject.values[name] for name in values.keys() & subject.values.keys()}


def _cached(
    subject: Subject, values: Mapping[str, float], dimensions: int, shape: tuple[int, ...] | None
) -> Invariants | None:
    key = (tuple(sorted(values.items())), dimensions, shape)
    if key not in subject.invariants:
        trials = _trials(subject, values, dimensions, shape)
        subject.invariants[key] = None if trials is None else _light(trials)
    return subject.invariants[key]


def _trials(
    subject: Subject,
    values: Mapping[str, float],
    dimensions: int,
    shape: tuple[int, ...] | None = None,
) -> _Trials | None:
    """With weight decay off, and eps where it makes no difference to the first update.

    The lr is small, so that what the updates do to the parameter does not come back in them.
    """
    where = shape or subject.shape or SHAPES.get(dimensions, SHAPES[2])
    bare = {**values, **_without_decay(subject)}
    bare |= {name: bare[name] * _SMALLER for name in _lr(subject) if name in bare}
    plain = _Trials(subject, bare, where)
    bared = _Trials(subject, {**bare, **dict.fromkeys(subject.tiny, _VANISHED)}, where)
    one, other = plain.updates(_gradients(where)[:2]), bared.updates(_gradients(where)[:2])
    if one is None or not bool(one.any()):
        return None
    small = other is not None and float((one - other).norm()) <= _ALIKE * float(one.norm())
    return bared if small else plain


def _lr(subject: Subject) -> list[str]:
    return [name for name, place in subject.arguments.items() if place.split(".")[-1] == "lr"]


def _without_decay(subject: Subject) -> dict[str, float]:
    return dict.fromkeys(set(subject.skeleton.decay) & set(subject.hyperparameters), 0.0)


def _light(trials: _Trials) -> Invariants | None:
    """Those that hold whatever the hyperparameters are; ``memory`` only tells one update from more."""
    gradients = _gradients(trials.shape)
    plain = trials.updates(gradients)
    if plain is None:
        return None
    memory, _ = _memory(trials, _STEPS)
    return Invariants(
        scale=_power(plain, trials, gradients),
        coupling=_coupling(plain, trials, gradients),
        parameter=_dependence(plain, trials, gradients),
        memory=memory,
    )


def _power(plain: Tensor, trials: _Trials, gradients: Sequence[Tensor]) -> float | None:
    """The one power of the gradients' size that the late updates go with, whichever size they have."""
    found: list[float] = []
    for size in _SIZES:
        other = trials.updates([size * each for each in gradients])
        exponents = [] if other is None else _exponents(plain, other, size)
        if not exponents:
            return None
        found += exponents
    if max(found) - min(found) > _ALIKE:
        return None
    middle = sum(found) / len(found)
    return round(middle) + 0.0 if abs(middle - round(middle)) < _ALIKE else round(middle, 2)


def _exponents(plain: Tensor, other: Tensor, size: float) -> list[float]:
    pairs = [(float(one.norm()), float(two.norm())) for one, two in zip(plain, other, strict=True)]
    moved = [(one, two) for one, two in pairs if one > 0][-_LATE:]
    return [math.log(two / one) / math.log(size) for one, two in moved if two > 0]


def _coupling(plain: Tensor, trials: _Trials, gradients: Sequence[Tensor]) -> Coupling | None:
    """Which other elements notice when the gradients of one are others."""
    chosen = tuple(1 for _ in trials.shape)
    others = [each.clone() for each in gradients]
    for index, each in enumerate(others):
        each[chosen] *= 3.0 + index % 2
    found = trials.updates(others)
    if found is None:
        return None
    noticed = ((found - plain).abs() > _NOTHING * plain.abs().amax()).any(0)
    noticed[chosen] = False
    if not bool(noticed.any()):
        return "element"
    if len(trials.shape) != 2:
        return "tensor"
    row, column = torch.zeros_like(noticed), torch.zeros_like(noticed)
    row[1], column[:, 1] = True, True
    kinds: tuple[tuple[Coupling, Tensor], ...] = (("row", row), ("column", column), ("cross", row | column))
    noticed[chosen] = True
    return next((kind for kind, where in kinds if bool((noticed == where).all())), "tensor")


def _dependence(plain: Tensor, trials: _Trials, gradients: Sequence[Tensor]) -> Dependence | None:
    """What becomes of the updates when the parameter starts elsewhere, and when it is larger."""
    start = _start(trials.shape)
    elsewhere = trials.updates(gradients, start.flip(0) + 0.7)
    larger = trials.updates(gradients[:1], 2 * start)
    if elsewhere is None or larger is None:
        return None
    # what is small beside the parameter is lost when it is added to it
    rounding = max(_NOTHING * float(plain.abs().amax()), 1e-14)
    if float((elsewhere - plain).abs().amax()) <= rounding:
        return "none"
    first = plain[:1]
    if float((larger - first).abs().amax()) <= rounding:
        return "direction"
    fits = float((larger - 2 * first).abs().amax()) <= max(rounding, _ALIKE * float(first.abs().amax()))
    return "scale" if fits else "other"


def _memory(trials: _Trials, steps: int) -> tuple[int | None, bool]:
    """For how many updates one gradient is felt, and whether no end was seen."""
    gradients = _gradients(trials.shape, steps)
    others = list(gradients)
    others[_WHERE] = _OTHERWISE * gradients[_WHERE]
    one, other = trials.updates(gradients), trials.updates(others)
    if one is None or other is None:
        return None, False
    sizes = [float(each.norm()) for each in (one - other)[_WHERE:]]
    felt = [index for index, size in enumerate(sizes) if size > (_FADED + _NOTHING) * max(sizes)]
    if not max(sizes) or not felt:
        return None, False
    last = felt[-1] + 1
    return last, last > len(sizes) - 3


def _first(trials: _Trials) -> float | None:
    """Over the lr, where every gradient is as large."""
    names = _lr(trials.subject)
    lr = trials.values.get(names[0], 0.0) if len(names) == 1 else 0.0
    found = trials.updates([_gradients(trials.shape)[0].sign()])
    if not lr or found is None:
        return None
    return float(f"{float(found.square().mean().sqrt()) / lr:.3g}")


@cache
def _start(shape: tuple[int, ...]) -> Tensor:
    generator = torch.Generator().manual_seed(_SEED)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


@cache
def _gradients(shape: tuple[int, ...], steps: int = _STEPS) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(_SEED + 1)
    found = torch.randn((steps, *shape), generator=generator, dtype=torch.float64)
    return tuple(found + 0.3 * found.sign())
