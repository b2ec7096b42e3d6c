"""Two networks that play against each other for a ring of points."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

from optreview.evidence.dynamic.training._task import Lesson, Task, generator

_NOISE, _WIDTH, _BATCH, _JUDGED = 4, 32, 64, 256
_CLUSTERS, _SPREAD, _CENTRE = 8, 0.05, 2.0
_PENALTY = 3.0
_GENERATOR = 0
_SOURCE = 13


class Ring(Task):
    """A generator against a discriminator, on eight clusters that lie on a circle.

    Each has two hidden layers of width 32 and an optimizer of its own, and they step in turn with the
    non-saturating loss (Goodfellow et al., 1406.2661) and a penalty on the discriminator's slope at real
    points (Mescheder et al., 1801.04406). The figure is the energy distance between 256 generated points
    and as many of the circle.
    """

    steps = 200
    unit = "energy distance to the ring"

    def begin(self, seed: int) -> Lesson:
        """Both networks, and the order of the points."""
        return _Playing(seed)


class _Playing(Lesson):
    def __init__(self, seed: int) -> None:
        source = generator(_SOURCE)
        self._real = _points(_JUDGED, source)
        self._noise = torch.randn(_JUDGED, _NOISE, generator=source)
        self._draw = generator(seed)
        torch.manual_seed(seed)
        self.players = [_network(_NOISE, 2), _network(2, 1)]

    def loss(self, player: int, step: int) -> torch.Tensor:  # noqa: ARG002
        make, judge = self.players
        made = make(torch.randn(_BATCH, _NOISE, generator=self._draw))
        if player == _GENERATOR:
            return functional.softplus(-judge(made)).mean()
        points = _points(_BATCH, self._draw).requires_grad_()
        real = judge(points)
        (slope,) = torch.autograd.grad(real.sum(), points, create_graph=True)
        penalty = _PENALTY / 2 * (slope**2).sum(1).mean()
        return functional.softplus(-real).mean() + functional.softplus(judge(made.detach())).mean() + penalty

    def figure(self) -> float:
        made = self.players[_GENERATOR](self._noise)
        across = torch.cdist(made, self._real).mean()
        return float(2 * across - torch.cdist(made, made).mean() - torch.cdist(self._real, self._real).mean())


def _network(given: int, wanted: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(given, _WIDTH),
        nn.LeakyReLU(0.2),
        nn.Linear(_WIDTH, _WIDTH),
        nn.LeakyReLU(0.2),
        nn.Linear(_WIDTH, wanted),
    )


def _points(count: int, source: torch.Generator) -> torch.Tensor:
    """Points of the ring, whose clusters lie on a circle of radius one."""
    angle = 2 * math.pi / _CLUSTERS * torch.randint(_CLUSTERS, (count,), generator=source)
    centre = torch.stack([angle.cos() + _CENTRE, angle.sin()], dim=1)
    return centre + _SPREAD * torch.randn(count, 2, generator=source)
