"""Criteria as data: one TOML file each, ``rubrics/criteria/<dimension>/<id>.toml``."""

from __future__ import annotations

import itertools
from functools import cache

import msgspec

from optreview import resources
from optreview.judgement import datafiles
from optreview.records import Effort


class Criterion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing a good optimizer does, and how a measurement turns into points.

    Attributes:
        reads: Id of a measurement, or ``rule:ID`` for the number of hits of a rule.
        points: Control points ``[value, points]`` in rising order of value; linear between, flat outside.
        levels: Points by value, for measurements that are words or booleans.
        origin: Where the control points come from.
        strength: Sentence (template over ``value`` and ``note``) when the criterion is met.
        weakness: The same when it is not.
    """

    id: str
    dimension: str
    title: str
    why: str
    remedy: str
    effort: Effort
    weight: float
    reads: str
    origin: str
    strength: str
    weakness: str
    points: tuple[tuple[float, float], ...] = ()
    levels: dict[str, float] = {}

    def __post_init__(self) -> None:
        """Reject a criterion that could not judge anything."""
        if bool(self.points) == bool(self.levels):
            raise ValueError("give either points or levels")
        if list(self.points) != sorted(self.points):
            raise ValueError("control points must rise in value")

    def points_for(self, value: float | bool | str) -> float:
        """Points from 0 to 10 for a measured value.

        Raises:
            ValueError: The value is of a kind this criterion does not judge.
        """
        if self.levels:
            level = str(value).lower()
            if level not in self.levels:
                raise ValueError(f"the level {level!r} is not in the criterion {self.id}")
            return self.levels[level]
        if isinstance(value, str):
            raise ValueError(f"the criterion {self.id} needs a number, not {value!r}")  # noqa: TRY004
        return interpolate(self.points, float(value))


def interpolate(points: tuple[tuple[float, float], ...], value: float) -> float:
    """Piecewise linear through the control points, flat outside them."""
    if value <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if value <= x1:
            return y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    return points[-1][1]


@cache
def load() -> tuple[Criterion, ...]:
    """Every criterion, sorted by dimension and id.

    Raises:
        InputError: A file does not follow the format.
    """
    paths = sorted((resources.rubrics() / "criteria").glob("*/*.toml"))
    return tuple(datafiles.decode(p, Criterion, id=p.stem, dimension=p.parent.name) for p in paths)
