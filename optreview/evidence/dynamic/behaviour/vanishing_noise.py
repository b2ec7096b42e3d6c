"""Noise that fades, as late in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.behaviour._scenario import Gradient, Move, Scenario, mean

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOISY, _FADING = 60, 60


class VanishingNoise(Scenario):
    """A mean of 0.1 under noise of 0.1 in 60 steps, which then stays, or falls to nothing, in 60 more.

    The figure is the way downhill where it falls over that where it stays, in the last ten steps.
    """

    label = "noise fading to nothing within 60 steps: last 10 steps over those where it stays"
    place = 9
    courses = (
        (Gradient(0.1, noise=0.1),) * (_NOISY + _FADING),
        (
            *(Gradient(0.1, noise=0.1),) * _NOISY,
            *(Gradient(0.1, noise=0.1 * 0.85**step) for step in range(_FADING)),
        ),
    )

    def figure(self, moves: Sequence[Sequence[Move]]) -> float:
        """The last ten steps."""
        stays, fades = (mean([each.downhill for each in course[-10:]]) for course in moves)
        return fades / stays
