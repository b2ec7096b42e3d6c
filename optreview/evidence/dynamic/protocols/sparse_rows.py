"""Gradients of which only some rows are there, as those of an embedding are (``torch.nn.Embedding``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.protocols import Clues, Protocol
from optreview.evidence.dynamic.protocols.sparse_only import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch


class SparseRows(Protocol):
    """Dense gradients are refused, and those with single elements missing do not do."""

    order = 41
    gradients_source = "for p in model.parameters():\n    p.grad = p.grad.to_sparse(1)"

    def suits(self, clues: Clues) -> bool:
        """Read from the error; tried where the ordinary sparse layout has failed."""
        return clues.stage == "step" and clues.mentions(*REFUSALS)

    def shape_gradients(self, parameters: Iterable[torch.Tensor]) -> None:
        """Turn every gradient into rows."""
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.grad = parameter.grad.to_dense().to_sparse(1)
