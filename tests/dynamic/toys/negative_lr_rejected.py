"""Rates that are checked, and rates that are not."""

from __future__ import annotations

from typing import Any

import torch


class Checked(torch.optim.SGD):
    expected = "pass"


class Unchecked(torch.optim.Optimizer):
    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(p.grad, alpha=group["lr"])


class WithoutRate(torch.optim.SGD):
    expected = "not-applicable"

    def __init__(self, params: Any, momentum: float = 0.9) -> None:
        super().__init__(params, lr=0.1, momentum=momentum)
