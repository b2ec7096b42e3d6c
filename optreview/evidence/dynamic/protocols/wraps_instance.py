"""The constructor takes another optimizer, already built (Lookahead, 1907.08610)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast

import torch

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from torch import nn

#: What a constructor calls an optimizer that it is given.
NAMES = ("optimizer", "base_optimizer")
_PASSED_BY = (
    "It has a `backward` of its own, which this loop does not call: what hangs on that was not run, and "
    "figures of a step may be of one that does less."
)


class WrapsInstance(Protocol):
    """The first parameter says so; SGD without momentum is wrapped, so that all state is the wrapper's."""

    order = 5
    parameters_source = "torch.optim.SGD({parameters}, lr=0.001)"

    def __init__(self, backward: bool = False) -> None:
        self._backward = backward

    def fitted(self, clues: Clues) -> Self:
        """With whether it would run the backward pass itself, to scale the loss or to sum gradients."""
        return type(self)("backward" in clues.methods)

    def note(self) -> str:
        """The figures are then of a loop that leaves out what the class is there for."""
        return _PASSED_BY if self._backward else ""

    def suits(self, clues: Clues) -> bool:
        """Read from the signature."""
        return clues.stage is None and clues.first in NAMES

    def arrange(self, given: object, model: nn.Module) -> object:  # noqa: ARG002
        """SGD on the same parameters."""
        return torch.optim.SGD(cast("Any", given), lr=1e-3)
