"""Criteria as data: one TOML file each, ``rubrics/criteria/<dimension>/<id>.toml``."""

from __future__ import annotations

import itertools
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from optreview import resources
from optreview.errors import InputError
from optreview.judgement import calibration, datafiles
from optreview.records import Effort

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: The effort of what an optimizer is: nothing that its maintainer could mend.
BY_DESIGN = "by design"


class Criterion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing a good optimizer does, and how a measurement turns into points.

    Attributes:
        reads: Id of a measurement, or ``rule:ID`` for the number of hits of a rule; ``rule:A+B`` adds up.
        points: Control points ``[value, points]`` in rising order of value; linear between, flat outside.
        places: The same by place among the calibrated classes, ``[share that lies below, points]``; the
            calibration has the values at these places, which then are the control points.
        levels: Points by value, for measurements that are words or booleans.
        mends: What measurements read once the remedy is applied, where that is not the best of this one.
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
    places: tuple[tuple[float, float], ...] = ()
    levels: dict[str, float] = {}
    mends: dict[str, float | bool | str] = {}

    def __post_init__(self) -> None:
        """Reject a criterion that could not judge anything."""
        if bool(self.points or self.places) == bool(self.levels):
            raise ValueError("give either points, places or levels")
        if any(list(each) != sorted(each) for each in (self.points, self.places)):
            raise ValueError("control points must rise in value")
        if self.mends and (self.effort == BY_DESIGN or self.reads not in self.mends):
            raise ValueError("[mends] says what the remedy does to what is read; by design it does nothing")

    @property
    def mended(self) -> dict[str, float | bool | str]:
        """What measurements read once the remedy is applied; nothing where it is so by design."""
        if self.mends or self.effort == BY_DESIGN:
            return self.mends
        if self.levels:
            return {self.reads: max(self.levels, key=lambda level: self.levels[level])}
        return {self.reads: max(self.points, key=lambda point: point[1])[0]}

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
def read() -> tuple[Criterion, ...]:
    """Every criterion as its file has it, sorted by dimension and id.

    Raises:
        InputError: A file does not follow the format.
    """
    paths = sorted((resources.rubrics() / "criteria").glob("*/*.toml"))
    return tuple(datafiles.decode(p, Criterion, id=p.stem, dimension=p.parent.name) for p in paths)


@cache
def load() -> tuple[Criterion, ...]:
    """Every criterion with its control points, sorted by dimension and id.

    Raises:
        InputError: A file does not follow the format.
    """
    return placed(read(), {name: each.points for name, each in calibration.load().criteria.items()})


def placed(
    criteria: Iterable[Criterion], points: Mapping[str, tuple[tuple[float, float], ...]]
) -> tuple[Criterion, ...]:
    """Criteria with the control points that the calibration has for those that name places alone.

    Raises:
        InputError: There are none for one of them.
    """
    if missing := [each.id for each in criteria if each.places and not points.get(each.id)]:
        raise InputError(f"The calibration has no control points for {', '.join(missing)}.")
    return tuple(
        msgspec.structs.replace(each, points=points[each.id]) if each.places else each for each in criteria
    )
