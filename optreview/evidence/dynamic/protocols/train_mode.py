"""``optimizer.train()`` before stepping, as schedule-free methods need (2405.15682, README)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    import torch
    from torch import nn


class TrainMode(Protocol):
    """The class has both ``train()`` and ``eval()``."""

    order = 10
    setup_source = "optimizer.train()"

    def suits(self, clues: Clues) -> bool:
        """Read from the class."""
        return clues.stage is None and {"train", "eval"} <= clues.methods

    def prepare(self, optimizer: torch.optim.Optimizer) -> None:
        """Switch to training mode."""
        cast("nn.Module", optimizer).train()
