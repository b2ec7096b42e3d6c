"""A gradient that changes its sign in every step, as where curvature is large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.behaviour._scenario import Gradient, Move, Scenario, mean

if TYPE_CHECKING:
    from collections.abc import Sequence


class Oscillating(Scenario):
    """Gradients of 1 and -1 in turn in 30 steps; the figure is the size of a step in the last ten."""

    label = "gradient of 1 and -1 in turn: steps 21 to 30"
    place = 3
    courses = ((Gradient(1.0), Gradient(-1.0)) * 15,)

    def figure(self, moves: Sequence[Sequence[Move]]) -> float:
        """The last ten steps."""
        return mean([each.size for each in moves[0][-10:]])
