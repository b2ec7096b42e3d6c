"""Strides that do not matter, and strides that do."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Descends


class Elementwise(torch.optim.Adam):
    expected = "pass"


class Views(Descends):
    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        flat = grad.view(-1)
        return flat.div(flat.norm()).view(grad.shape)


class Reshapes(Descends):
    """A decoy: a copy is made where one is needed."""

    expected = "pass"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        flat = grad.reshape(-1)
        return flat.div(flat.norm()).reshape(grad.shape)


class InMemoryOrder(Descends):
    """Elements are weighted by where they lie in memory."""

    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        weights = torch.arange(1.0, grad.numel() + 1)
        return grad * weights.as_strided(grad.shape, torch.empty_like(grad).stride())


class Refuses(Descends):
    expected = "differs-by-design"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        if not grad.is_contiguous():
            raise ValueError("only contiguous gradients are supported")
        return grad


class Chaotic(torch.optim.SGD):
    """A decoy: roundings of a sum, whose order depends on the strides, are blown up."""

    expected = "errored"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(p.grad, alpha=float((p.sum() * 1e7).sin()))
