"""Longer steps of what is wrapped: a wrapper may scale them down to nothing (TRAC, 2405.16642)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.protocols import Clues, Protocol
from optreview.evidence.dynamic.protocols.wraps_instance import NAMES

if TYPE_CHECKING:
    from torch import nn


class WrapsLongerSteps(Protocol):
    """A wrapper of another optimizer ran, and no weight has moved."""

    order = 60
    setup_source = "for group in optimizer.param_groups:\n    group['lr'] = 0.1"

    def suits(self, clues: Clues) -> bool:
        """Read from the signature and from the run."""
        return clues.stage == "still" and clues.first in NAMES

    def arrange(self, given: object, model: nn.Module) -> object:  # noqa: ARG002
        """The same optimizer with a larger rate."""
        if isinstance(given, torch.optim.Optimizer):
            for group in given.param_groups:
                group["lr"] = 0.1
        return given

    def note(self) -> str:
        """Why the rate is what it is."""
        return "With the wrapped optimizer at a rate of 0.001 no weight moved, so that it has 0.1."
