"""What becomes of updates that are smaller than bfloat16 can tell?"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.probe import Answer, Probe, not_applicable, undecided, verdict
from optreview.evidence.dynamic.trials.trial import normal
from optreview.evidence.dynamic.workloads import SEED

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage

_SHAPE = (6, 4)
_WARM_UP, _STEPS = 8, 32
#: bfloat16 keeps eight significant bits, the leading one included.
_BITS = 8
#: The update wanted, in units of the spacing of bfloat16 numbers there; from half of one on it is not lost.
_WANTED, _LEAST, _MOST = 1 / 8, 1 / 32, 0.4
_TRIES = 3
#: Shares of the weights that differ by less than this factor go with them.
_ALIKE = 2.0
#: Shares of the float32 movement from which on it counts as more than it should be, as kept, and as not lost.
_OVERSHOT, _KEPT, _LOST = 1.5, 0.5, 0.05


class Bfloat16SmallUpdates(Probe):
    """Are updates smaller than the spacing of bfloat16 numbers kept, partly-kept, overshot or lost?

    Weights of one size and a gradient that never changes, chosen so that an update is about an eighth of the
    spacing of bfloat16 numbers at the weights: 32 steps in float32 and in bfloat16, and how far weights went.
    """

    care = "medium"
    failing = (
        "Where they are lost, training in bfloat16 comes to rest as soon as updates are small, as late in "
        "a schedule; torch.optim.AdamW loses them. Stochastic rounding, compensated sums and float32 weights "
        "keep them."
    )
    source = "https://github.com/pytorch/pytorch/issues/120376"
    unit = "verdict"

    def ask(self, stage: Stage) -> Answer:
        """Find weights at which an update is that small, then go the same way in both dtypes."""
        size, shares = 1.5, []
        for _ in range(_TRIES):
            moves = _moves(stage, size, torch.float32)
            if not moves or sum(moves) <= 0:
                return undecided(
                    "In float32 a constant gradient moves no weight downhill, or not to a finite value."
                )
            largest = max(moves)
            if _LEAST <= largest / _spacing(size) <= _MOST:
                return _answer(size, largest, sum(_moves(stage, size, torch.bfloat16)) / sum(moves))
            shares.append(largest / size)
            size = 1.5 * 2.0 ** (math.floor(math.log2(largest / _WANTED)) + _BITS - 1)
        if max(shares) <= _ALIKE * min(shares):
            return not_applicable(
                f"The largest of {_STEPS} updates grew with the weights: it was never that small beside them."
            )
        return undecided(f"At none of {_TRIES} sizes of the weights were all of {_STEPS} updates that small.")


def _answer(size: float, largest: float, share: float) -> Answer:
    note = (
        f"With updates of at most {largest / _spacing(size):.2f} of the spacing at {size:.1e}, "
        f"bfloat16 weights went {abs(share):.0%} of the way of float32 ones in {_STEPS} steps."
    )
    if share > _OVERSHOT:
        return verdict("overshot", note)
    return verdict("kept" if share >= _KEPT else "partly-kept" if share > _LOST else "lost", note)


def _spacing(size: float) -> float:
    """Of bfloat16 numbers at this size."""
    return float(2.0 ** (math.floor(math.log2(size)) - _BITS + 1))


def _moves(stage: Stage, size: float, dtype: torch.dtype) -> list[float]:
    """How far weights go downhill on average in each step after a warm-up; nothing where it is not finite."""
    trial = stage.trial(tensors=[torch.full(_SHAPE, size, dtype=dtype, device=stage.device)])
    trial.curvature = float(stage.plan.needs_graph)
    signs = normal([_SHAPE], SEED, like=trial.parameters)[0].sign()
    heights = []
    for _ in range(_WARM_UP + _STEPS):
        trial.step([0.1 * signs])
        heights.append(float((trial.parameters[0].detach().double() * signs).mean()))
    heights = heights[_WARM_UP - 1 :]
    return [one - other for one, other in pairwise(heights)] if math.isfinite(heights[-1]) else []
