"""What GradScaler can skip and unscale, and what it cannot."""

from __future__ import annotations

from typing import Any

import torch


class Skipped(torch.optim.AdamW):
    expected = "pass"


class FusedOnCpu(torch.optim.AdamW):
    """Its kernel unscales and skips by itself."""

    expected = "pass"

    def __init__(self, params: Any) -> None:
        super().__init__(params, fused=True)


class SaysItCan(torch.optim.SGD):
    """It says that it unscales by itself, and does not."""

    expected = "fail"
    _step_supports_amp_scaling = True


class HidesParameters(torch.optim.Optimizer):
    """Its groups are empty, so the scaler finds no gradient to look at."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        held = list(params)
        super().__init__(held, {"lr": lr})
        self.held = held
        self.param_groups[0]["params"] = []

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for p in self.held:
            if p.grad is not None:
                p.sub_(p.grad, alpha=self.param_groups[0]["lr"])


class NeedsClosure(torch.optim.LBFGS):
    expected = "not-applicable"
