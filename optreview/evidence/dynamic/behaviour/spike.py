"""A rare spike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.behaviour._scenario import Gradient, Move, Scenario, mean

if TYPE_CHECKING:
    from collections.abc import Sequence


class Spike(Scenario):
    """A gradient of 0.1, and once of 10; the figure is the largest step from then on over those before."""

    label = "gradient of 10 after 25 of 0.1: largest of steps 26 to 35 over the mean of 16 to 25"
    place = 7
    courses = ((*(Gradient(0.1),) * 25, Gradient(10.0), *(Gradient(0.1),) * 9),)

    def figure(self, moves: Sequence[Sequence[Move]]) -> float:
        """Steps 26 to 35 over steps 16 to 25."""
        return max(each.size for each in moves[0][25:]) / mean([each.size for each in moves[0][15:25]])
