"""From evidence to everything that opinion adds: one pure function over a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement import identity, judge, recommend, rubric, score, usecase
from optreview.records import Judged

if TYPE_CHECKING:
    from optreview.records import Evidence


def weigh(evidence: Evidence) -> Judged:
    """Judge, score and recommend. Nothing is run, so a saved record can be weighed again at any time."""
    rules = rubric.load()
    case = usecase.load()
    judgements = score.with_gains(judge.judge(evidence, rules), rules)
    scores = score.score(judgements, rules)
    known = identity.identify(evidence)
    return Judged(
        rubric_version=rules.version,
        use_case=case.id,
        identity=known,
        judgements=judgements,
        scores=scores,
        final=score.final(scores, rules),
        recommendations=recommend.recommend(evidence, known, case),
    )
