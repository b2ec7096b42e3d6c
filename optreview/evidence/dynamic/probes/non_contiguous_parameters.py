"""Do the strides of a parameter change nothing?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.probe import Answer, Probe
from optreview.evidence.dynamic.trials.stage import FEW
from optreview.evidence.dynamic.trials.strides import like_contiguous

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage


class NonContiguousParameters(Probe):
    """Are parameters that are not contiguous trained as contiguous ones with the same values are?

    Eight steps of a transposed matrix, of every second element of a vector and of a permuted 4-D tensor, with
    gradients of the same strides as autograd gives them, and of contiguous copies.
    """

    care = "medium"
    failing = "A transposed or sliced parameter ends training with an error, or is trained otherwise."
    source = "https://github.com/pytorch/pytorch/issues/130346"

    def ask(self, stage: Stage) -> Answer:
        """Train both."""
        return like_contiguous(stage, [s for s in FEW if stage.plan.accepts(s)], _scattered, "non-contiguous")


def _scattered(tensor: torch.Tensor) -> torch.Tensor:
    """The same values, at other strides."""
    if tensor.ndim == 1:
        return torch.stack((tensor, tensor), dim=1).flatten()[::2]
    return tensor.transpose(0, 1).contiguous().transpose(0, 1)
