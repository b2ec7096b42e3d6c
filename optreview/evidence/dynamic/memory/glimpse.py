"""A run of which only the end is of interest: where the weights are, and what memory it took."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.memory.run import (
    HEAVY,
    MOST_OPERATIONS,
    STEPS,
    HeavyError,
    finite,
    opened,
    trajectory,
)
from optreview.evidence.dynamic.wire import Glimpsed
from optreview.evidence.dynamic.workloads import MAIN

if TYPE_CHECKING:
    from optreview.evidence.dynamic.memory.run import Configuration, Subject
    from optreview.evidence.dynamic.plan import Plan

#: Operations of one step beside which settling the books costs little, and which may make it the last one.
_MANY_OPERATIONS = 1_000


def glimpse(subject: Subject, plan: Plan, how: Configuration) -> Glimpsed:
    """The same steps as those of ``measure``, and those of its figures that tell two runs apart.

    The books are settled before the last step and after it.

    Raises:
        HeavyError: It has to be measured on the small workload.
        BuildError: The constructor raised.
    """
    session = opened(subject, plan, how)
    ledger, spent, peak = session.ledger, 0, 0
    for index in range(STEPS):
        session.step(index)
        spent += ledger.operations
        if index >= STEPS - 2 or ledger.operations > _MANY_OPERATIONS:
            gc.collect()
            peak = max(0, ledger.peak - ledger.live)
            session.clear_gradients()
            gc.collect()
            session.settle()
        if how.workload == MAIN and spent > HEAVY:
            raise HeavyError
        if spent > MOST_OPERATIONS:
            break
    return Glimpsed(
        trajectory=trajectory(session.parameters),
        finite=finite(session.parameters),
        steps=index + 1,
        state_bytes=session.settle(),
        steady_transient_bytes=peak,
    )
