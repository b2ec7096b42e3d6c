"""0-d parameters that are trained, otherwise or not at all."""

from __future__ import annotations

import torch

from tests.dynamic.toys._descent import Descends


class Elementwise(torch.optim.Adam):
    expected = "pass"


class MatricesOnly(torch.optim.Muon):
    """It is given no vectors at all."""

    expected = "not-applicable"


class Reduces(Descends):
    """A decoy: the mean over no dimension is that of all, as it is for a vector."""

    expected = "pass"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad - grad.mean() if grad.ndim > 1 else grad


class LastDimension(Descends):
    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad / grad.shape[-1]


class Skips(Descends):
    """What has no dimension stays where it is."""

    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad if grad.ndim else torch.zeros_like(grad)


class Overflows(Descends):
    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad if grad.ndim else grad / 0


class Refuses(Descends):
    expected = "differs-by-design"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        if grad.ndim == 0:
            raise ValueError("scalar parameters are not supported")
        return grad
