"""Do weights stay finite when gradients are exactly zero?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.likeness import finite
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.evidence.dynamic.trials.trial import Trial

_USUAL, _ZERO = 6, 12


class ZeroGradientsFinite(Probe):
    """Do weights stay finite when gradients are exactly zero, from the start or after others?

    Six usual steps, twelve with gradients of zero, and one more usual one; and gradients of zero in the first
    two steps, followed by six usual ones.
    """

    care = "high"
    of_rest = True
    failing = (
        "A layer that gets no signal for a while (a masked loss, dead units, padding) turns to NaN, and the "
        "model with it."
    )
    source = "https://github.com/lessw2020/FAdam_PyTorch/issues/1"

    def ask(self, stage: Stage) -> Answer:
        """Take both courses."""
        for zeros_first, told in (
            (False, f"in {_ZERO} steps after {_USUAL} usual ones"),
            (True, "at the start"),
        ):
            trial = stage.trial(FEW)
            course = (
                [True] * 2 + [False] * _USUAL if zeros_first else [False] * _USUAL + [True] * _ZERO + [False]
            )
            for index, zero in enumerate(course):
                _step(trial, index, zero=zero)
                if not finite(trial.weights()):
                    return failed(
                        f"With gradients of zero {told}, weights are not finite after step {index + 1}."
                    )
        return passed(
            f"Weights stayed finite with gradients of zero at the start and for {_ZERO} steps later."
        )


def _step(trial: Trial, index: int, *, zero: bool) -> None:
    usual = trial.gradients(index)
    trial.step([torch.zeros_like(each) for each in usual] if zero else usual)
