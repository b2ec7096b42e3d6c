"""Steps that stay sane, and steps that do not."""

from __future__ import annotations

from typing import Any

import torch


class Sane(torch.optim.SGD):
    expected = "pass"


class Overflows(torch.optim.Optimizer):
    """It exponentiates."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(p.grad.sign() * p.grad.abs().expm1(), alpha=group["lr"])


class TurnsRound(torch.optim.Optimizer):
    """What it divides by changes its sign when the gradient is large."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad / (p.grad.norm() - 1000), alpha=group["lr"])


class Ascends(torch.optim.SGD):
    """It goes uphill, and is meant to."""

    expected = "not-applicable"

    def __init__(self, params: Any) -> None:
        super().__init__(params, lr=0.1, maximize=True)
