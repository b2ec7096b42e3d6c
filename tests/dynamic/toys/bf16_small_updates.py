"""Updates that rounding swallows, and updates that are kept."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Loops


class Rounds(torch.optim.SGD):
    expected = "lost"


class Compensates(Loops):
    """Kahan's sum: what was rounded away is carried over."""

    expected = "kept"

    def __init__(self, params: Any, lr: float = 0.01) -> None:
        super().__init__(params, {"lr": lr})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        carry = self.state[p].setdefault("carry", torch.zeros_like(p))
        carry.sub_(grad, alpha=group["lr"])
        before = p.clone()
        p.add_(carry)
        carry.sub_(p - before)


class Proportional(Loops):
    """Updates are a share of the weights, so that none is small beside them."""

    expected = "not-applicable"

    def __init__(self, params: Any, lr: float = 0.05) -> None:
        super().__init__(params, {"lr": lr})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(group["lr"] * p.abs() * grad.sign())


class NowhereSmall(Loops):
    """Updates are a share of the weights, and another share of large ones: no size will do."""

    expected = "errored"

    def __init__(self, params: Any, lr: float = 0.05) -> None:
        super().__init__(params, {"lr": lr})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        share = group["lr"] * (1 if float(p.abs().mean()) < 100 else 4)
        p.sub_(share * p.abs() * grad.sign())
