"""From evidence to everything that opinion adds: one pure function over a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement import (
    adjusting,
    calibration,
    counterfactual,
    identity,
    judge,
    recommend,
    rubric,
    score,
    usecase,
)
from optreview.records import Adjusted, Judged

if TYPE_CHECKING:
    from optreview.judgement.adjusting import Changes
    from optreview.judgement.rubric import Rubric
    from optreview.records import Evidence, Purpose, Score, UseCase


def weigh(evidence: Evidence, changes: Changes | None = None, purpose: Purpose | None = None) -> Judged:
    """Judge, score and recommend. Nothing is run, so a saved record can be weighed again at any time."""
    purpose = purpose or usecase.purpose()
    rules = rubric.for_case(purpose.use_case)
    judgements = counterfactual.explained(judge.judge(evidence, rules, purpose.use_case), rules)
    scores = score.score(judgements, rules)
    known = identity.identify(evidence)
    recommended = recommend.recommend(evidence, known, purpose)
    return Judged(
        rubric_version=rules.version,
        use_case=purpose.use_case.id,
        identity=known,
        judgements=judgements,
        scores=tuple(_placed(each, rules) for each in scores),
        final=_placed(score.final(scores, rules), rules),
        recommendations=recommended,
        adjusted=_adjusted(evidence, changes, purpose.use_case) if changes else None,
        search=recommend.search(evidence, known, purpose),
        options=recommend.options(evidence, purpose, recommended),
    )


def _placed(found: Score, rules: Rubric) -> Score:
    """A score with its place, unless other needs were judged than those of the calibrated classes."""
    usual = rules.criteria == rubric.load().criteria
    if not usual and found.dimension in {usecase.DIMENSION, score.FINAL}:
        return found
    return score.placed(found, calibration.load())


def _adjusted(evidence: Evidence, changes: Changes, case: UseCase) -> Adjusted | None:
    """The scores by a project's own rubric; None where it changes nothing after all."""
    standard = rubric.for_case(case)
    phrases = adjusting.told(standard, changes)
    if not phrases:
        return None
    rules = adjusting.adjusted(standard, changes)
    scores = score.score(judge.judge(evidence, rules, case), rules)
    return Adjusted(changes=phrases, scores=scores, final=score.final(scores, rules))
