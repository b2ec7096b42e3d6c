"""A step that torch.compile makes: it is run as it is written, for what is measured is what the code says."""

from __future__ import annotations

import torch

from optreview.evidence.dynamic.protocols import Clues, Protocol


class Eager(Protocol):
    """The error says that there was nothing to compile, as when operations are watched."""

    order = 2

    def suits(self, clues: Clues) -> bool:
        """Read from the error."""
        return clues.stage == "step" and clues.mentions(
            "torch.compile", "compiled frame", "dynamo", "inductor"
        )

    def begin(self) -> None:
        """Let the compiler leave everything as it is."""
        torch.compiler.set_stance("force_eager")

    def note(self) -> str:
        """What was not seen."""
        return "Its step is compiled by torch.compile; it was measured as it is written, uncompiled."
