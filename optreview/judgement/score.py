"""Scores: weighted means of the points, each with its coverage, and what would raise the final one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from optreview.records import Score

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def with_gains(judgements: Sequence[Judgement], rubric: Rubric) -> tuple[Judgement, ...]:
    """Judgements with the rise of the final score were each one fully met, by judging again."""
    before = final(score(judgements, rubric), rubric).value
    return tuple(_with_gain(place, judgements, rubric, before) for place in range(len(judgements)))


def _with_gain(
    place: int, judgements: Sequence[Judgement], rubric: Rubric, before: float | None
) -> Judgement:
    judgement = judgements[place]
    if judgement.points is None or before is None:
        return judgement
    mended = list(judgements)
    mended[place] = msgspec.structs.replace(judgement, points=10.0)
    after = _unrounded_final(mended, rubric) - _unrounded_final(judgements, rubric)
    return msgspec.structs.replace(judgement, gain=round(after, 2))


def _unrounded_final(judgements: Sequence[Judgement], rubric: Rubric) -> float:
    total = weight = 0.0
    for dimension in rubric.dimensions:
        value, coverage = _mean(judgements, dimension.id)
        if value is not None and coverage >= rubric.minimum_coverage:
            total += dimension.weight * value
            weight += dimension.weight
    return total / weight


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
