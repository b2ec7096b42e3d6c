"""``optimizer.backward(loss)``: it scales the loss, and its step undoes that (apex's FP16_Optimizer)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from typing import Protocol as Shape

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    import torch


class _Backward(Shape):
    """An optimizer with a backward pass of its own."""

    def backward(self, loss: torch.Tensor) -> object: ...


class OwnBackward(Protocol):
    """It has a method ``backward`` that takes the loss and nothing else; torch's own class has none."""

    order = 8
    tentative = True
    own_backward = True
    backward_source = "optimizer.backward(loss)"

    def suits(self, clues: Clues) -> bool:
        """Read from the signature of the method."""
        return (
            clues.stage is None
            and "loss" in clues.backward_requires[:1]
            and len(clues.backward_requires) == 1
        )

    def backward(self, loss: torch.Tensor, optimizer: torch.optim.Optimizer | None) -> bool:
        """Leave it to the optimizer; tensors that it does not take are another one's."""
        if optimizer is None:
            return False
        cast("_Backward", optimizer).backward(loss)
        return True
