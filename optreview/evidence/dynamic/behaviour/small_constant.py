"""A small gradient that never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.behaviour._scenario import Gradient, Move, Scenario, mean

if TYPE_CHECKING:
    from collections.abc import Sequence


class SmallConstant(Scenario):
    """The same gradient of 0.001 in 30 steps; the figure is the step in the last ten."""

    label = "constant gradient of 0.001: steps 21 to 30"
    place = 1
    courses = ((Gradient(0.001),) * 30,)

    def figure(self, moves: Sequence[Sequence[Move]]) -> float:
        """The last ten steps."""
        return mean([each.downhill for each in moves[0][-10:]])
