"""A coordinate whose gradient is seldom there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.behaviour._scenario import Gradient, Move, Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

_EVENTS = 4


class SparseCoordinate(Scenario):
    """A row has a gradient of 1 in every tenth of 40 steps, else zero; the figure is its way for each."""

    label = "gradient of 1 in every tenth of 40 steps: way for each"
    place = 8
    courses = ((Gradient(1.0, first=1.0), *(Gradient(1.0, first=0.0),) * 9) * _EVENTS,)

    def figure(self, moves: Sequence[Sequence[Move]]) -> float:
        """All that the row moved."""
        return sum(each.first for each in moves[0]) / _EVENTS
