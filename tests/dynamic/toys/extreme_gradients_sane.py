"""Steps that stay sane, and steps that do not."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Descends


class Sane(torch.optim.SGD):
    expected = "pass"


class Overflows(Descends):
    """It exponentiates."""

    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(grad.sign() * grad.abs().expm1(), alpha=group["lr"])


class TurnsRound(Descends):
    """What it divides by changes its sign when the gradient is large."""

    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.add_(grad / (grad.norm() - 1000), alpha=group["lr"])


class Ascends(torch.optim.SGD):
    """It goes uphill, and is meant to."""

    expected = "not-applicable"

    def __init__(self, params: Any) -> None:
        super().__init__(params, lr=0.1, maximize=True)
