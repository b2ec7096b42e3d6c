"""Groups with and without a learning rate."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Loops


class InGroups(torch.optim.SGD):
    expected = "pass"


class OnSelf(Loops):
    """The rate is an attribute."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {})
        self.lr = lr

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.add_(grad, alpha=-self.lr)
