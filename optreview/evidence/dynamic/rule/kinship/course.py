"""Where a rule takes a parameter: its text run in float64 on gradients that are always the same."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.rule.kinship.running import run
from optreview.evidence.dynamic.rule.kinship.subject import TINY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from optreview.evidence.dynamic.rule.kinship.subject import Subject

STEPS = 16
_SEED = 20
_HALF = 0.5
#: Factors of two elements that differ by less differ by what eps does.
_ALIKE = 0.03


@dataclass(frozen=True)
class Course:
    """The parameter before the first step and after each."""

    places: tuple[Tensor, ...]

    def apart(self, other: Course) -> float:
        """The largest distance after a step, over how far this one had come; it may be infinite."""
        worst = 0.0
        for here, there in zip(self.places[1:], other.places[1:], strict=True):
            moved = float((here - self.places[0]).abs().max())
            away = float((here - there).abs().max())
            if not (math.isfinite(away) and math.isfinite(moved)):
                return math.inf
            worst = max(worst, away / moved if moved else away)
        return worst

    def since(self, other: Course, bound: float) -> int | None:
        """The first step after which they are farther apart than this; None where none is."""
        for index, (here, there) in enumerate(zip(self.places[1:], other.places[1:], strict=True)):
            moved = float((here - self.places[0]).abs().max())
            if not float((here - there).abs().max()) <= bound * (moved or 1.0):
                return index + 1
        return None

    def unlike(self, other: Course) -> float:
        """From 0 to 1: what is left of the updates when the other ones, scaled, are taken away."""
        mine, theirs = self.updates(), other.updates()
        if not (bool(torch.isfinite(mine).all()) and bool(torch.isfinite(theirs).all())):
            return 1.0
        factor = self.scale(other)
        whole = float((mine**2).sum())
        return min(1.0, math.sqrt(float(((mine - factor * theirs) ** 2).sum()) / whole)) if whole else 1.0

    def scale(self, other: Course) -> float:
        """The factor on the other's updates that fits best."""
        mine, theirs = self.updates(), other.updates()
        below = float((theirs * theirs).sum())
        return float((mine * theirs).sum()) / below if below else 0.0

    def schedule(self, other: Course) -> list[float] | None:
        """By step, the factor between the updates; None unless it is one for all elements."""
        found = []
        for mine, theirs in zip(self.updates(), other.updates(), strict=True):
            ratio = mine / theirs
            middle = float(ratio.median())
            if not bool(torch.isfinite(ratio).all()) or float((ratio - middle).abs().max()) > _ALIKE * abs(
                middle
            ):
                return None
            found.append(middle)
        return found

    def updates(self) -> Tensor:
        """What each step adds."""
        stacked = torch.stack(self.places)
        return stacked[1:] - stacked[:-1]


@cache
def _gradients(shape: tuple[int, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
    generator = torch.Generator().manual_seed(_SEED)
    start = torch.randn(shape, generator=generator, dtype=torch.float64)
    found = []
    for index in range(STEPS):
        sizes = 10 ** torch.empty(shape, dtype=torch.float64).uniform_(-1, 0.5, generator=generator)
        noise = torch.randn(shape, generator=generator, dtype=torch.float64)
        fading = 0.05 if STEPS // 2 <= index < STEPS - 3 else 1.0  # what keeps a maximum shows in small ones
        found.append((noise * sizes + 0.3 * start) * fading)
    return start, tuple(found)


def course(
    subject: Subject, values: Mapping[str, float], shape: tuple[int, ...], steps: int = STEPS
) -> Course | None:
    """Run it, or look up where it led; None where it cannot be run.

    Args:
        subject: The rule.
        values: Of all its hyperparameters.
        shape: Of the tensor.
        steps: How many of them.
    """
    key = (tuple(sorted(values.items())), shape, steps)
    if key not in subject.courses:
        subject.courses[key] = _run(subject, values, shape, steps)
    return subject.courses[key]


def _run(subject: Subject, values: Mapping[str, float], shape: tuple[int, ...], steps: int) -> Course | None:
    parameter, gradients = _gradients(shape)
    places = run(subject, values, parameter, gradients[:steps])
    return None if places is None else Course(places)


def settings(subject: Subject) -> tuple[dict[str, float], dict[str, float]]:
    """Two sets of values at which every hyperparameter acts: one near its own, one farther off."""
    own = {name: subject.values.get(name, _HALF) for name in subject.hyperparameters}
    first = {
        name: 1e-3 if 0 < abs(value) < TINY and name in subject.tiny else value for name, value in own.items()
    }
    return first, {name: _other(value, tiny=name in subject.tiny) for name, value in first.items()}


def _other(value: float, *, tiny: bool) -> float:
    if tiny and value <= 1e-3:
        return value * 30
    if _HALF < value < 1:
        return 1 - (1 - value) * 1.9
    return value if not math.isfinite(value) or value == int(value) else value * (0.7 if value < 1 else 1.3)
