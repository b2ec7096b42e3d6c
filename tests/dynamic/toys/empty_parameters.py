"""Empty parameters that do no harm, and that do."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Descends


class Elementwise(torch.optim.Adam):
    expected = "pass"


class OwnMean(Descends):
    """A decoy: the mean of nothing is NaN, and there is nothing to hold it."""

    expected = "pass"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad - grad.mean()


class OwnMax(Descends):
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


class Refuses(Descends):
    expected = "differs-by-design"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        if not grad.numel():
            raise ValueError("parameters must not be empty")
        return grad
