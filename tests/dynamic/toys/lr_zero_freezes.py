"""Rates of zero that stop everything, and rates of zero that do not."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Loops


class Freezes(torch.optim.AdamW):
    expected = "pass"


class ComputesAnew(torch.optim.SGD):
    """Weights are put together from two parts in every step, which rounds."""

    expected = "pass"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        super().step(closure)
        for group in self.param_groups:
            for p in group["params"]:
                p.copy_(p * 0.3 + p * 0.7)


class DecaysAnyway(torch.optim.SGD):
    """Weight decay without the rate."""

    expected = "fail"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(0.999)
        super().step(closure)


class Divides(torch.optim.SGD):
    """It divides by the sum of all rates so far."""

    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            group["weight"] = 1.0 / group["lr"]
        super().step(closure)


class WithoutRate(Loops):
    expected = "not-applicable"

    def __init__(self, params: Any) -> None:
        super().__init__(params, {})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(grad, alpha=0.1)


class RateInMomentum(Loops):
    """The rate is in what the momentum is made of: it rests at first, and moves on after other steps."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.01) -> None:
        super().__init__(params, {"lr": lr})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        buffer = self.state[p].setdefault("buffer", torch.zeros_like(p))
        buffer.mul_(0.9).add_(grad, alpha=group["lr"])
        p.sub_(buffer)
