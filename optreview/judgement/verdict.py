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
    from optreview.records import Evidence, Purpose, UseCase


def weigh(evidence: Evidence, changes: Changes | None = None, purpose: Purpose | None = None) -> Judged:
    """Judge, score and recommend. Nothing is run, so a saved record can be weighed again at any time."""
    purpose = purpose or usecase.purpose()
    rules = rubric.for_case(purpose.use_case)
    frozen = calibration.load()
    judgements = counterfactual.explained(judge.judge(evidence, rules), rules)
    scores = score.score(judgements, rules)
    known = identity.identify(evidence)
    recommended = recommend.recommend(evidence, known, purpose)
    return Judged(
        rubric_version=rules.version,
        use_case=purpose.use_case.id,
        identity=known,
        judgements=judgements,
        scores=tuple(score.placed(each, frozen) for each in scores),
        final=score.placed(score.final(scores, rules), frozen),
        recommendations=recommended,
        adjusted=_adjusted(evidence, changes, purpose.use_case) if changes else None,
        search=recommend.search(evidence, known, purpose),
        options=recommend.options(evidence, purpose, recommended),
    )


def _adjusted(evidence: Evidence, changes: Changes, case: UseCase) -> Adjusted | None:
    """The scores by a project's own rubric; None where it changes nothing after all."""
    standard = rubric.for_case(case)
    phrases = adjusting.told(standard, changes)
    if not phrases:
        return None
    rules = adjusting.adjusted(standard, changes)
    scores = score.score(judge.judge(evidence, rules), rules)
    return Adjusted(changes=phrases, scores=scores, final=score.final(scores, rules))
