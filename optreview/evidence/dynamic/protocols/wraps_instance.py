"""The constructor takes another optimizer, already built (Lookahead, 1907.08610)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn


class WrapsInstance(Protocol):
    """The first parameter says so; SGD without momentum is wrapped, so that all state is the wrapper's."""

    order = 5
    parameters_source = "torch.optim.SGD(model.parameters(), lr=0.001)"

    def suits(self, clues: Clues) -> bool:
        """Read from the signature."""
        return clues.stage is None and clues.first in ("optimizer", "base_optimizer")

    def first_argument(
        self,
        model: nn.Module,  # noqa: ARG002
        parameters: Sequence[nn.Parameter],
        clues: Clues,  # noqa: ARG002
    ) -> object:
        """SGD on the same parameters."""
        return torch.optim.SGD(list(parameters), lr=1e-3)
