"""Does an optimizer survive float16 gradients that are tiny or zero?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.likeness import finite
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, not_applicable, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.evidence.dynamic.trials.trial import Trial

_STEPS = 6
#: Its square is below 6e-8, the smallest float16 above zero.
_TINY = 1e-4


class Float16TinyGradients(Probe):
    """Do weights stay finite in pure float16 when gradients are tiny or zero?

    Six steps with float16 parameters; a third of the gradient's elements is zero, a third 1e-4, the rest as
    usual. Squares of the tiny ones vanish in float16, and so does an ``eps`` of 1e-8.
    """

    care = "medium"
    failing = (
        "In pure float16 weights become NaN or infinite as soon as an element's gradient vanishes; an eps of "
        "1e-4 or more helps, as do float32 weights. A warning more than a fault: torch.optim.AdamW fails too."
    )
    source = "https://github.com/google-deepmind/optax/issues/1754"

    def ask(self, stage: Stage) -> Answer:
        """Take the steps in float16, and in float32 if weights are not finite."""
        trial = stage.trial(FEW, dtype=torch.float16)
        at = _first_not_finite(trial)
        if at is None:
            return passed(f"Weights were finite after {_STEPS} float16 steps with gradients of 0 and 1e-04.")
        if _first_not_finite(stage.trial(FEW)) is not None:
            return not_applicable("With such gradients weights are not finite in float32 either.")
        return failed(f"Weights are not finite after step {at} with float16 gradients of 0 and 1e-04.")


def _first_not_finite(trial: Trial) -> int | None:
    for index in range(_STEPS):
        trial.step([_thinned(each) for each in trial.gradients(index)])
        if not finite(trial.weights()):
            return index + 1
    return None


def _thinned(gradient: torch.Tensor) -> torch.Tensor:
    """Of three elements one is zero and one tiny."""
    place = torch.arange(gradient.numel(), device=gradient.device).reshape(gradient.shape) % 3
    tiny = torch.full_like(gradient, _TINY)
    return torch.where(place == 0, torch.zeros_like(gradient), torch.where(place == 1, tiny, gradient))
