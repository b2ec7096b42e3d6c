"""Rates that follow a scheduler, and rates that do not."""

from __future__ import annotations

from typing import Any

import torch


class Follows(torch.optim.SGD):
    expected = "pass"


class Restores(torch.optim.SGD):
    """Every step puts the first rate back."""

    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            group["lr"] = self.defaults["lr"]
        super().step(closure)


class WithoutRate(torch.optim.Optimizer):
    expected = "fail"

    def __init__(self, params: Any) -> None:
        super().__init__(params, {})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad, alpha=-0.1)
