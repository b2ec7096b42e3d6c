"""Empty parameters that do no harm, and that do."""

from __future__ import annotations

from typing import Any

import torch


class Elementwise(torch.optim.Adam):
    expected = "pass"


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


class OwnMean(_Descends):
    """A decoy: the mean of nothing is NaN, and there is nothing to hold it."""

    expected = "pass"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad - grad.mean()


class OwnMax(_Descends):
    """The maximum of nothing is an error."""

    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad / grad.abs().max()


class MeanOfMeans(torch.optim.SGD):
    """The NaN of an empty parameter reaches the others."""

    expected = "fail"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        present = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        mean = torch.stack([p.grad.mean() for p in present]).mean()
        for p in present:
            p.sub_(p.grad - mean, alpha=0.1)


class Refuses(_Descends):
    expected = "differs-by-design"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        if not grad.numel():
            raise ValueError("parameters must not be empty")
        return grad
