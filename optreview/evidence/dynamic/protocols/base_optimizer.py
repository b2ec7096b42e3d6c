"""Parameters and the class of another optimizer; gradients before ``step(closure)`` (SAM, 2010.01412)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class BaseOptimizer(Protocol):
    """``base_optimizer`` is a mandatory argument after the parameters."""

    order = 5
    closure = True
    gradients_first = True

    def suits(self, clues: Clues) -> bool:
        """Read from the signature."""
        return clues.stage is None and "base_optimizer" in clues.required

    def arguments(self, clues: Clues) -> Mapping[str, str]:  # noqa: ARG002
        """SGD without momentum, so that all state is the reviewed class's own."""
        return {"base_optimizer": "torch.optim.SGD", "lr": "0.001"}
