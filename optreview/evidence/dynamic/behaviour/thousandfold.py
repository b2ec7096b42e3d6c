"""Gradients a thousand times as large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.behaviour._scenario import Gradient, Move, Scenario, mean

if TYPE_CHECKING:
    from collections.abc import Sequence


class Thousandfold(Scenario):
    """Gradients of noise, and the same times a thousand; the figure is how many times as far a step goes."""

    label = "noise times 1000: steps 11 to 20 over those without"
    place = 10
    courses = ((Gradient(0.0, noise=0.1),) * 20, (Gradient(0.0, noise=100.0),) * 20)
    scales = (1.0, 1000.0)

    def figure(self, moves: Sequence[Sequence[Move]]) -> float:
        """The size of the last ten steps."""
        usual, larger = (mean([each.size for each in course[-10:]]) for course in moves)
        return larger / usual
