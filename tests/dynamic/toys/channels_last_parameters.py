"""Memory formats that do not matter, and that do."""

from __future__ import annotations

import torch

from tests.dynamic.toys._descent import Descends


class Elementwise(torch.optim.Adam):
    expected = "pass"


class MatricesOnly(torch.optim.Muon):
    expected = "not-applicable"


class Views(Descends):
    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        rows = grad.view(len(grad), -1)
        return rows.div(rows.norm()).view(grad.shape)


class Reshapes(Descends):
    """A decoy: a copy is made where one is needed."""

    expected = "pass"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        rows = grad.reshape(len(grad), -1)
        return rows.div(rows.norm()).reshape(grad.shape)


class InMemoryOrder(Descends):
    """Elements are weighted by where they lie in memory."""

    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        weights = torch.arange(1.0, grad.numel() + 1)
        return grad * weights.as_strided(grad.shape, grad.stride())


class Refuses(Descends):
    expected = "differs-by-design"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        if not grad.is_contiguous():
            raise ValueError("only contiguous gradients are supported")
        return grad


class Draws(Descends):
    """A decoy: random numbers are laid out in memory as the gradient is."""

    expected = "errored"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad * torch.empty_like(grad).normal_()
