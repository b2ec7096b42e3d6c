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
    from optreview.records import Evidence


def weigh(evidence: Evidence, changes: Changes | None = None) -> Judged:
    """Judge, score and recommend. Nothing is run, so a saved record can be weighed again at any time."""
    rules = rubric.load()
    frozen = calibration.load()
    case = usecase.load()
    judgements = counterfactual.explained(judge.judge(evidence, rules), rules)
    scores = score.score(judgements, rules)
    known = identity.identify(evidence)
    return Judged(
        rubric_version=rules.version,
        use_case=case.id,
        identity=known,
        judgements=judgements,
        scores=tuple(score.placed(each, frozen) for each in scores),
        final=score.placed(score.final(scores, rules), frozen),
        recommendations=recommend.recommend(evidence, known, case),
        adjusted=_adjusted(evidence, changes) if changes else None,
    )


def _adjusted(evidence: Evidence, changes: Changes) -> Adjusted | None:
    """The scores by a project's own rubric; None where it changes nothing after all."""
    standard = rubric.load()
    phrases = adjusting.told(standard, changes)
    if not phrases:
        return None
    rules = adjusting.adjusted(standard, changes)
    scores = score.score(judge.judge(evidence, rules), rules)
    return Adjusted(changes=phrases, scores=scores, final=score.final(scores, rules))
