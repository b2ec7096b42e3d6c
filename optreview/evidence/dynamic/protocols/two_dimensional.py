"""Only matrices are accepted: the rest of the model is left to another optimizer (torch.optim.Muon)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    import torch

_MATRICES_ONLY = re.compile(
    r"\b2-?\s?d\b|two[- ]dimension|2 dimension|\bmatri(x|ces)\b|\bndim\b|\bdim\(\)|1-?d tensor|4-?d tensor"
    r"|dimension(s|al)? out of range|tensors? with (<|less than|at least) 2",
    re.IGNORECASE,
)


class TwoDimensional(Protocol):
    """The error speaks of matrices or dimensions."""

    order = 30
    only = "p.ndim == 2"

    def suits(self, clues: Clues) -> bool:
        """Read from the error."""
        return clues.stage in ("build", "step") and _MATRICES_ONLY.search(clues.error) is not None

    def accepts(self, parameter: torch.Tensor) -> bool:
        """Matrices only."""
        return parameter.ndim == 2
