"""A large gradient that never changes, as where curvature is small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.behaviour._scenario import Gradient, Move, Scenario, mean

if TYPE_CHECKING:
    from collections.abc import Sequence


class LargeConstant(Scenario):
    """The same gradient of 10 in 30 steps; the figure is the step in the last ten."""

    label = "constant gradient of 10: steps 21 to 30"
    place = 2
    courses = ((Gradient(10.0),) * 30,)

    def figure(self, moves: Sequence[Sequence[Move]]) -> float:
        """The last ten steps."""
        return mean([each.downhill for each in moves[0][-10:]])
