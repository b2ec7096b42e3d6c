"""The rubric as a project changes it: weights, control points and levels, by id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from optreview.errors import InputError

if TYPE_CHECKING:
    from optreview.judgement.criteria import Criterion
    from optreview.judgement.rubric import Dimension, Rubric


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a project sets of one criterion; what it leaves out stays as it is."""

    weight: float | None = None
    points: tuple[tuple[float, float], ...] | None = None
    levels: dict[str, float] | None = None


class Changes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a project sets of the rubric.

    Attributes:
        weights: Weights of dimensions in the final score; 0 leaves one out.
        criteria: Changes of criteria; the weight 0 leaves one out.
    """

    weights: dict[str, float] = {}
    criteria: dict[str, Change] = {}


def adjusted(rubric: Rubric, changes: Changes) -> Rubric:
    """The rubric with a project's changes.

    Raises:
        InputError: A change cannot be made; the sentence says which and why.
    """
    dimensions = tuple(_dimension(each, changes.weights.get(each.id)) for each in rubric.dimensions)
    if not any(each.weight for each in dimensions):
        raise InputError("The weights leave no dimension to score.")
    criteria = tuple(_criterion(each, changes.criteria.get(each.id)) for each in rubric.criteria)
    return msgspec.structs.replace(rubric, dimensions=dimensions, criteria=criteria)


def told(rubric: Rubric, changes: Changes) -> tuple[str, ...]:
    """What is changed, a phrase each, in the rubric's order."""
    phrases = [
        f"weight of {each.id} {weight:g} instead of {each.weight:g}"
        for each in rubric.dimensions
        if (weight := changes.weights.get(each.id)) is not None and weight != each.weight
    ]
    for each in rubric.criteria:
        change = changes.criteria.get(each.id, Change())
        if change.weight is not None and change.weight != each.weight:
            phrases.append(f"weight of {each.id} {change.weight:g} instead of {each.weight:g}")
        if change.points is not None and change.points != each.points:
            phrases.append(f"control points of {each.id}")
        if change.levels is not None and change.levels != each.levels:
            phrases.append(f"levels of {each.id}")
    return tuple(phrases)


def _dimension(dimension: Dimension, weight: float | None) -> Dimension:
    if weight is None:
        return dimension
    return msgspec.structs.replace(dimension, weight=_weight(dimension.id, weight))


def _criterion(criterion: Criterion, change: Change | None) -> Criterion:
    if change is None:
        return criterion
    given: dict[str, object] = {}
    if change.weight is not None:
        given["weight"] = _weight(criterion.id, change.weight)
    if change.points is not None:
        given["points"] = _within(criterion.id, change.points)
    if change.levels is not None:
        given["levels"] = {**criterion.levels, **_known(criterion, change.levels)}
    try:
        return msgspec.structs.replace(criterion, **given)
    except ValueError as fault:
        raise InputError(f"The criterion {criterion.id} cannot be changed so: {fault}.") from None


def _weight(name: str, weight: float) -> float:
    if not 0 <= weight < float("inf"):
        raise InputError(f"The weight of {name} must be 0 or more, not {weight:g}.")
    return weight


def _within(name: str, points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    if not points or any(not 0 <= given <= 10 for _, given in points):
        raise InputError(f"The control points of {name} must be pairs of a value and points from 0 to 10.")
    return points


def _known(criterion: Criterion, levels: dict[str, float]) -> dict[str, float]:
    if unknown := sorted(levels.keys() - criterion.levels.keys()):
        known = ", ".join(criterion.levels) or "none, but control points"
        raise InputError(f"The criterion {criterion.id} has no level {unknown[0]!r}; it has {known}.")
    _within(criterion.id, tuple((0.0, given) for given in levels.values()))
    return levels
