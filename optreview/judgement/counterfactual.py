"""What every lost point is lost for, and what would win it back: judging again with a remedy applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from optreview.judgement import score
from optreview.judgement.judge import apply
from optreview.records import Measurement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.judgement.criteria import Criterion
    from optreview.judgement.rubric import Rubric
    from optreview.records import Judgement

_MOST = 10.0


def explained(judgements: Sequence[Judgement], rubric: Rubric) -> tuple[Judgement, ...]:
    """Judgements with what each costs the final score, and what its remedy would add to it."""
    before = score.unrounded(judgements, rubric)
    if before is None:
        return tuple(judgements)
    known = {criterion.id: criterion for criterion in rubric.criteria}
    return tuple(
        _explained(each, judgements, rubric, before, known.get(each.criterion)) for each in judgements
    )


def _explained(
    judgement: Judgement,
    judgements: Sequence[Judgement],
    rubric: Rubric,
    before: float,
    criterion: Criterion | None,
) -> Judgement:
    if judgement.points is None:
        return judgement
    share = score.share(judgement, judgements, rubric)
    lost = round(share * (_MOST - judgement.points), 3)
    if criterion is None or not criterion.mended:
        return msgspec.structs.replace(judgement, lost=lost)
    after = score.unrounded(mended(judgements, criterion, rubric), rubric) or before
    return msgspec.structs.replace(judgement, lost=lost, gain=round(after - before, 2))


def mended(judgements: Sequence[Judgement], criterion: Criterion, rubric: Rubric) -> list[Judgement]:
    """Judged again with the criterion's remedy applied; a remedy that is there already changes nothing."""
    known = {each.id: each for each in rubric.criteria}
    return [_again(each, known[each.criterion], criterion, rubric) for each in judgements]


def _again(judgement: Judgement, own: Criterion, mending: Criterion, rubric: Rubric) -> Judgement:
    if judgement.points is None or judgement.measurement not in mending.mended:
        return judgement
    value = mending.mended[judgement.measurement]
    measurement = Measurement(
        id=judgement.measurement, value=value, unit="", presence="measured", note="", locations=()
    )
    again = apply(own, measurement, rubric)
    return again if (again.points or 0.0) > judgement.points else judgement
