"""Convolutions that are trained, refused, stumbled over and forgotten."""

from __future__ import annotations

from typing import Any

import torch


class Elementwise(torch.optim.Adam):
    expected = "pass"


class Refuses(torch.optim.Muon):
    """It says that it takes matrices only."""

    expected = "differs-by-design"


class _Descends(torch.optim.Optimizer):
    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(self.update(p.grad), alpha=group["lr"])

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


class Transposes(_Descends):
    """``t()`` is for matrices."""

    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad.t().t()


class Flattens(_Descends):
    """A decoy: as a matrix and back."""

    expected = "pass"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad.reshape(len(grad), -1).softmax(-1).reshape(grad.shape)


class Forgets(_Descends):
    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad if grad.ndim < 4 else torch.zeros_like(grad)


class Overflows(_Descends):
    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad if grad.ndim < 4 else grad / 0
