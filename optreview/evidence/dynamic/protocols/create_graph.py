"""``backward(create_graph=True)``: the step differentiates the gradient again (AdaHessian, 2006.00719)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    import torch


class CreateGraph(Protocol):
    """The error speaks of ``create_graph`` or of a gradient without ``grad_fn``."""

    order = 40
    backward_source = "loss.backward(create_graph=True)"

    def suits(self, clues: Clues) -> bool:
        """Read from the error."""
        return clues.stage == "step" and clues.mentions("create_graph", "grad_fn", "hessian")

    def backward(self, loss: torch.Tensor, optimizer: torch.optim.Optimizer | None) -> bool:  # noqa: ARG002
        """Keep the graph of the gradient."""
        loss.backward(create_graph=True)  # type: ignore[no-untyped-call]
        return True
