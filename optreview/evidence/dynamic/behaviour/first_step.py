"""The first step with a gradient that never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.behaviour._scenario import Gradient, Move, Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence


class FirstStep(Scenario):
    """The same gradient of 1; the figure is step number 1."""

    label = "constant gradient of 1: step 1"
    place = 11
    courses = ((Gradient(1.0),) * 1,)

    def figure(self, moves: Sequence[Sequence[Move]]) -> float:
        """The last of them."""
        return moves[0][-1].downhill
