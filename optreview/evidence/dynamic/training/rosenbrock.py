"""Rosenbrock's valley."""

from __future__ import annotations

import math

import torch
from torch import nn

from optreview.evidence.dynamic.training._task import Lesson, Task, generator

_STARTS = 16


class Rosenbrock(Task):
    """Rosenbrock's curved valley, from sixteen places at once.

    ``(1 - x)² + 100 (y - x²)²`` (Rosenbrock, 1960), whose least value is 0 at (1, 1), averaged over the
    rows of a matrix of 16 × 2 parameters. The figure is the decimal logarithm of the mean.
    """

    steps = 300
    rate = 0.3
    unit = "decimal logarithm of the function"

    def begin(self, seed: int) -> Lesson:
        """The places where it starts."""
        return _Valley(seed)


class _Valley(Lesson):
    def __init__(self, seed: int) -> None:
        self._place = nn.Parameter(4 * torch.rand(_STARTS, 2, generator=generator(seed)) - 2)
        holder = nn.Module()
        holder.register_parameter("place", self._place)
        self.players = [holder]

    def loss(self, player: int, step: int) -> torch.Tensor:  # noqa: ARG002
        across, along = self._place[:, 0], self._place[:, 1]
        return ((1 - across) ** 2 + 100 * (along - across**2) ** 2).mean()

    def figure(self) -> float:
        value = float(self.loss(0, 0))
        return math.log10(max(value, 1e-12)) if math.isfinite(value) else value
