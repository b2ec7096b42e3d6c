"""Convolutions that are trained, refused, stumbled over and forgotten."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Descends


class Elementwise(torch.optim.Adam):
    expected = "pass"


class Refuses(torch.optim.Muon):
    """It says that it takes matrices only."""

    expected = "differs-by-design"


class Transposes(Descends):
    """``t()`` is for matrices."""

    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad.t().t()


class Flattens(Descends):
    """A decoy: as a matrix and back."""

    expected = "pass"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad.reshape(len(grad), -1).softmax(-1).reshape(grad.shape)


class Forgets(Descends):
    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad if grad.ndim < 4 else torch.zeros_like(grad)


class Overflows(Descends):
    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad if grad.ndim < 4 else grad / 0


class Rests(Descends):
    """It was once seen to move, and the gradients of the trials move it no more: at rest, nothing shows."""

    expected = "errored"
    built = 0

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        type(self).built += 1
        self.moves = self.built == 1

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad if self.moves else torch.zeros_like(grad)
