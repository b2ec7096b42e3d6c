"""Are convolutions in the ``channels_last`` memory format trained as the others are?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.probe import Answer, Probe, not_applicable
from optreview.evidence.dynamic.trials.strides import like_contiguous

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Shape, Stage

_WEIGHT: Shape = (4, 3, 3, 3)


class ChannelsLastParameters(Probe):
    """Is a 4-D parameter in the ``channels_last`` memory format trained as a contiguous one is?

    Eight steps of a parameter of shape ``(4, 3, 3, 3)`` in that format, with gradients in it, and of a
    contiguous one with the same values.
    """

    care = "medium"
    failing = "A vision model in the memory format that is fastest on GPUs fails, or trains otherwise."
    source = "https://github.com/clovaai/AdamP/issues/17"

    def ask(self, stage: Stage) -> Answer:
        """Train both."""
        if not stage.plan.accepts(_WEIGHT):
            return not_applicable("It is given no 4-D parameters.")
        return like_contiguous(stage, [_WEIGHT], _channels_last, "channels_last")


def _channels_last(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.contiguous(memory_format=torch.channels_last)
