"""Momentum has to be set: without, it refuses or does nothing (SGD and LARS with 8-bit state)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic import customary
from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Momentum(Protocol):
    """Momentum is zero by default, and nothing else has helped."""

    order = 80
    tentative = True

    def suits(self, clues: Clues) -> bool:
        """Read from the signature."""
        failed = clues.refused or clues.stage == "still"
        return failed and "momentum" in clues.optional and clues.optional["momentum"] in (0, None)

    def arguments(self, clues: Clues) -> Mapping[str, str]:  # noqa: ARG002
        """The customary momentum."""
        return {"momentum": customary.value("momentum") or ""}

    def note(self) -> str:
        """That its default does not run."""
        return "It does not run with the momentum of zero that is its default."
