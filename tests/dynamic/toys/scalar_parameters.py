"""0-d parameters that are trained, otherwise or not at all."""

from __future__ import annotations

from typing import Any

import torch


class Elementwise(torch.optim.Adam):
    expected = "pass"


class MatricesOnly(torch.optim.Muon):
    """It is given no vectors at all."""

    expected = "not-applicable"


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


class Reduces(_Descends):
    """A decoy: the mean over no dimension is that of all, as it is for a vector."""

    expected = "pass"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad - grad.mean() if grad.ndim > 1 else grad


class LastDimension(_Descends):
    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad / grad.shape[-1]


class Skips(_Descends):
    """What has no dimension stays where it is."""

    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad if grad.ndim else torch.zeros_like(grad)


class Overflows(_Descends):
    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad if grad.ndim else grad / 0


class Refuses(_Descends):
    expected = "differs-by-design"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        if grad.ndim == 0:
            raise ValueError("scalar parameters are not supported")
        return grad
