"""The constructor takes the model, not its parameters (Adam-mini, 2406.16793)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn


class NeedsModel(Protocol):
    """The first parameter says so."""

    order = 5
    parameters_source = "model"

    def suits(self, clues: Clues) -> bool:
        """Read from the signature."""
        return clues.stage is None and clues.first == "model"

    def first_argument(
        self,
        model: nn.Module,
        parameters: Sequence[nn.Parameter],  # noqa: ARG002
        clues: Clues,  # noqa: ARG002
    ) -> object:
        """The model."""
        return model
