"""Scores: weighted means of the points, each with its coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from optreview.records import Score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.judgement.calibration import Calibration
    from optreview.judgement.rubric import Dimension, Rubric
    from optreview.records import Judgement

FINAL = "final"


def score(judgements: Sequence[Judgement], rubric: Rubric) -> tuple[Score, ...]:
    """Score every dimension, in the rubric's order.

    Coverage is the decided share of the applicable weight: a criterion that errored or was not measured
    lowers it and is never counted as zero. Below ``minimum_coverage`` there is no number at all.
    """
    return tuple(_dimension(judgements, dimension, rubric) for dimension in rubric.dimensions)


def final(scores: Sequence[Score], rubric: Rubric) -> Score:
    """The mean of the dimensions that have a score, by weight; its coverage counts the missing ones."""
    weights = {dimension.id: dimension.weight for dimension in rubric.dimensions}
    decided = [s for s in scores if s.value is not None]
    weight = sum(weights[s.dimension] for s in decided)
    covered = sum(weights[s.dimension] * s.coverage for s in decided) / sum(weights.values())
    mean = sum(weights[s.dimension] * (s.value or 0.0) for s in decided) / weight if weight else None
    if covered < rubric.minimum_coverage:
        mean = None
    return Score(
        dimension=FINAL,
        value=None if mean is None else round(mean, 1),
        coverage=round(covered, 2),
        heuristic=any(s.heuristic for s in decided),
    )


def placed(found: Score, calibration: Calibration) -> Score:
    """A score with its place among the calibrated classes, and that of the reference."""
    table = calibration.dimensions.get(found.dimension)
    if found.value is None or table is None:
        return found
    return msgspec.structs.replace(
        found,
        below=round(table.below(found.value), 3),
        among=table.classes,
        reference=table.reference,
    )


def unrounded(judgements: Sequence[Judgement], rubric: Rubric) -> float | None:
    """The final score before anything is rounded; None without any score."""
    means = _means(judgements, rubric)
    weight = sum(dimension.weight for dimension, _ in means)
    return sum(dimension.weight * value for dimension, value in means) / weight if weight else None


def share(judgement: Judgement, judgements: Sequence[Judgement], rubric: Rubric) -> float:
    """The part of the final score that one judgement decides: 0 where its dimension has no score."""
    means = _means(judgements, rubric)
    weight = sum(dimension.weight for dimension, _ in means)
    own = next((each.weight for each, _ in means if each.id == judgement.dimension), 0.0)
    decided = [j for j in judgements if j.dimension == judgement.dimension and j.points is not None]
    return own / weight * judgement.weight / sum(j.weight for j in decided) if own else 0.0


def _means(judgements: Sequence[Judgement], rubric: Rubric) -> list[tuple[Dimension, float]]:
    """The dimensions that have a score, with its mean."""
    found = [(dimension, *_mean(judgements, dimension.id)) for dimension in rubric.dimensions]
    return [
        (dimension, value)
        for dimension, value, coverage in found
        if value is not None and coverage >= rubric.minimum_coverage
    ]


def _dimension(judgements: Sequence[Judgement], dimension: Dimension, rubric: Rubric) -> Score:
    value, coverage = _mean(judgements, dimension.id)
    return Score(
        dimension=dimension.id,
        value=None if value is None or coverage < rubric.minimum_coverage else round(value, 1),
        coverage=round(coverage, 2),
        heuristic=dimension.heuristic,
    )


def _mean(judgements: Sequence[Judgement], dimension_id: str) -> tuple[float | None, float]:
    applicable = [j for j in judgements if j.dimension == dimension_id and j.outcome != "not-applicable"]
    decided = [(j.points, j.weight) for j in applicable if j.points is not None]
    weight = sum(w for _, w in decided)
    if not weight:
        return None, 0.0
    return sum(p * w for p, w in decided) / weight, weight / sum(j.weight for j in applicable)
