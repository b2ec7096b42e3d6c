"""The needs of a use case: the criteria by which the fit is judged, which are those that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from optreview.judgement.usecase import DIMENSION

if TYPE_CHECKING:
    from optreview.judgement.rubric import Rubric
    from optreview.records import UseCase


def applied(rubric: Rubric, case: UseCase) -> Rubric:
    """The rubric without what the job does not need: that can be neither a pro nor a con."""
    wanted = [c for c in rubric.criteria if c.dimension != DIMENSION or c.id in case.needs]
    return msgspec.structs.replace(rubric, criteria=tuple(wanted))
