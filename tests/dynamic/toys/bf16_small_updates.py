"""Updates that rounding swallows, and updates that are kept."""

from __future__ import annotations

from typing import Any

import torch


class Rounds(torch.optim.SGD):
    expected = "lost"


class Compensates(torch.optim.Optimizer):
    """Kahan's sum: what was rounded away is carried over."""

    expected = "kept"

    def __init__(self, params: Any, lr: float = 0.01) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    carry = self.state[p].setdefault("carry", torch.zeros_like(p))
                    carry.sub_(p.grad, alpha=group["lr"])
                    before = p.clone()
                    p.add_(carry)
                    carry.sub_(p - before)


class Proportional(torch.optim.Optimizer):
    """Updates are a share of the weights, so that none is small beside them."""

    expected = "not-applicable"

    def __init__(self, params: Any, lr: float = 0.05) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(group["lr"] * p.abs() * p.grad.sign())
