"""Sparse gradients only (torch.optim.SparseAdam)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch

#: What optimizers say to gradients that are not sparse.
REFUSALS = ("dense grad", "requires sparse", "only sparse", "expected sparse")


class SparseOnly(Protocol):
    """The error says that dense gradients are not supported."""

    order = 40
    gradients_source = "for p in model.parameters():\n    p.grad = p.grad.to_sparse()"

    def suits(self, clues: Clues) -> bool:
        """Read from the error."""
        return clues.stage == "step" and clues.mentions(*REFUSALS)

    def shape_gradients(self, parameters: Iterable[torch.Tensor]) -> None:
        """Turn every gradient into a sparse one."""
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.grad = parameter.grad.to_sparse()
