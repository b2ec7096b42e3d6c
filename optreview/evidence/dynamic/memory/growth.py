"""Does state keep growing? Judged on a small model, over many steps, with fresh gradients in each.

Reused gradient tensors would hide an autograd graph that a buffer keeps alive. L-BFGS fills its history for a
hundred steps: that is bounded, not a leak, so a rise is followed as far as the constructor's integers could
explain it.
"""

from __future__ import annotations

import gc
import inspect
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.session import Session
from optreview.evidence.dynamic.workloads import SMALL, bench
from optreview.records import Growth

if TYPE_CHECKING:
    from optreview.evidence.dynamic.memory.run import Subject
    from optreview.evidence.dynamic.plan import Plan

#: Steps of every judgement, and the most when state still rises.
SHORT, LONG = 50, 300
#: Steps without a new maximum after which state counts as settled.
QUIET = 25
#: Fewer rises than this are no trend.
FEWEST_RISES = 3
#: Operations after which a few quiet steps are enough, for methods with many inner iterations.
_MANY_OPERATIONS, _FEW_QUIET = 60_000, 3


def growth(subject: Subject, plan: Plan, device: str, omitted: tuple[str, ...]) -> Growth:
    """Step until the state has been quiet for a while, or until nothing but a leak explains the rise."""
    gc.disable()
    stage = bench(SMALL, dtype=torch.float32, device=device, batches=SHORT, omitted=omitted)
    session = Session(subject.cls, plan, stage, subject.names)
    most = max(SHORT, min(LONG, 2 * _largest_integer(subject) + 10))
    levels: list[int] = []
    rises: list[int] = []
    spent = 0
    while _open(len(levels), rises, most, spent):
        session.step(len(levels))
        spent += session.ledger.operations
        session.clear_gradients()
        gc.collect()
        levels.append(session.settle())
        if not rises or levels[-1] > levels[rises[-1] - 1]:
            rises.append(len(levels))
    settled = rises[-1]
    quiet = len(levels) - settled
    still = quiet < (QUIET if spent < _MANY_OPERATIONS else _FEW_QUIET) and len(rises) > FEWEST_RISES
    constant = all(level == levels[0] for level in levels)
    return Growth(
        verdict="constant" if constant else "growing" if still else "bounded",
        steps=len(levels),
        settled_at=None if still else settled,
        parameter_bytes=session.parameter_bytes,
        state_bytes=levels[-1],
    )


def _open(steps: int, rises: list[int], most: int, spent: int) -> bool:
    """Whether the verdict is still open after so many steps and operations."""
    quiet = steps - rises[-1] if rises else 0
    if spent >= _MANY_OPERATIONS:
        return steps < most and quiet < _FEW_QUIET
    return steps < SHORT or (steps < most and quiet < QUIET)


def _largest_integer(subject: Subject) -> int:
    try:
        parameters = inspect.signature(subject.cls).parameters.values()
    except (TypeError, ValueError):
        return 0
    integers = [p.default for p in parameters if type(p.default) is int]
    return max(integers, default=0)
