"""The constructor takes the model, not its parameters (Adam-mini, 2406.16793)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from torch import nn


class NeedsModel(Protocol):
    """The first parameter says so."""

    order = 5
    parameters_source = "model"

    def suits(self, clues: Clues) -> bool:
        """Read from the signature."""
        return clues.stage is None and clues.first == "model"

    def arrange(self, given: object, model: nn.Module) -> object:  # noqa: ARG002
        """The model."""
        return model
