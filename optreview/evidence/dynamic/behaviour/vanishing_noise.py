"""Noise that fades, as late in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.behaviour._scenario import Gradient, Move, Scenario, mean

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOISY, _FADING = 80, 80


class VanishingNoise(Scenario):
    """A mean of 0.1 under noise of 0.1 in 80 steps, then under noise that falls to nothing in 80 more.

    The figure is the way downhill in a step, over lr, in the last five.
    """

    label = "noise fading to nothing within 80 steps: step at the end"
    place = 9
    courses = (
        (
            *(Gradient(0.1, noise=0.1),) * _NOISY,
            *(Gradient(0.1, noise=0.1 * 0.85**step) for step in range(_FADING)),
        ),
    )

    def figure(self, moves: Sequence[Sequence[Move]]) -> float:
        """The last five steps."""
        return mean([each.downhill for each in moves[0][-5:]])
