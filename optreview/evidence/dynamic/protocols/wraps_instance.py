"""The constructor takes another optimizer, already built (Lookahead, 1907.08610)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from torch import nn

#: What a constructor calls an optimizer that it is given.
NAMES = ("optimizer", "base_optimizer")


class WrapsInstance(Protocol):
    """The first parameter says so; SGD without momentum is wrapped, so that all state is the wrapper's."""

    order = 5
    parameters_source = "torch.optim.SGD({parameters}, lr=0.001)"

    def suits(self, clues: Clues) -> bool:
        """Read from the signature."""
        return clues.stage is None and clues.first in NAMES

    def arrange(self, given: object, model: nn.Module) -> object:  # noqa: ARG002
        """SGD on the same parameters."""
        return torch.optim.SGD(cast("Any", given), lr=1e-3)
