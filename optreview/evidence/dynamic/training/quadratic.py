"""A bowl a thousand times steeper one way than another."""

from __future__ import annotations

import math

import torch
from torch import nn

from optreview.evidence.dynamic.training._task import Lesson, Task, generator

_SIDE = 8
_CONDITION = 1e3
_NOISE = 1e-2
_SOURCE = 14


class Quadratic(Task):
    """A rotated quadratic bowl of condition number 1,000, with noisy gradients.

    The curvatures of 64 directions lie between 0.001 and 1, evenly in the logarithm; normal noise of a
    hundredth is added to each gradient. The figure is the decimal logarithm of the function without noise.
    """

    steps = 300
    rate = 5e-2
    unit = "decimal logarithm of the function"

    def begin(self, seed: int) -> Lesson:
        """The place where it starts."""
        return _Bowl(seed)


class _Bowl(Lesson):
    def __init__(self, seed: int) -> None:
        size = _SIDE * _SIDE
        turned, _ = torch.linalg.qr(torch.randn(size, size, generator=generator(_SOURCE)))
        steepness = torch.logspace(-math.log10(_CONDITION), 0, size)
        self._curvature = turned @ torch.diag(steepness) @ turned.T
        self._draw = generator(seed)
        self._place = nn.Parameter(torch.randn(_SIDE, _SIDE, generator=self._draw))
        holder = nn.Module()
        holder.register_parameter("place", self._place)
        self.players = [holder]

    def loss(self, player: int, step: int) -> torch.Tensor:  # noqa: ARG002
        noise = _NOISE * torch.randn(_SIDE, _SIDE, generator=self._draw)
        return self._value() + (noise * self._place).sum()

    def figure(self) -> float:
        value = float(self._value())
        return math.log10(max(value, 1e-12)) if math.isfinite(value) else value

    def _value(self) -> torch.Tensor:
        flat = self._place.flatten()
        value: torch.Tensor = flat @ self._curvature @ flat / 2
        return value
