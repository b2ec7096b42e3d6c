"""Tensors of more than two dimensions make the shapes clash; vectors and matrices may still do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    import torch


class NoConvolutions(Protocol):
    """The error speaks of sizes or shapes that do not match."""

    order = 25
    only = "p.ndim <= 2"

    def suits(self, clues: Clues) -> bool:
        """Read from the error."""
        return clues.stage == "step" and clues.mentions(
            "size of tensor",
            "shape",
            "size mismatch",
            "same size",
            "broadcast",
            "rearrange",
            "too many indices",
        )

    def accepts(self, parameter: torch.Tensor) -> bool:
        """At most two dimensions."""
        return parameter.ndim <= 2
