"""A gradient under noise that is a tenth of the mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.behaviour._scenario import Gradient, Move, Scenario, mean

if TYPE_CHECKING:
    from collections.abc import Sequence


class NoiseWeak(Scenario):
    """A mean of 1.0 under noise of 0.1 in 40 steps; the figure is a step's way downhill in the last 30."""

    label = "gradient of 1.0 under noise of 0.1: steps 11 to 40"
    place = 6
    courses = ((Gradient(1.0, noise=0.1),) * 40,)

    def figure(self, moves: Sequence[Sequence[Move]]) -> float:
        """The last thirty steps."""
        return mean([each.downhill for each in moves[0][-30:]])
