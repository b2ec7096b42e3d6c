"""Vectors only: the step multiplies parameter and gradient as if neither had rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    import torch

_VECTORS_ONLY = re.compile(r"\b1-?d tensors? expected|expected (a )?1-?d", re.IGNORECASE)


class VectorsOnly(Protocol):
    """The error asks for one dimension."""

    order = 28
    only = "p.ndim <= 1"

    def suits(self, clues: Clues) -> bool:
        """Read from the error."""
        return clues.stage == "step" and _VECTORS_ONLY.search(clues.error) is not None

    def accepts(self, parameter: torch.Tensor) -> bool:
        """At most one dimension."""
        return parameter.ndim <= 1
