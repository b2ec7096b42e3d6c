"""Groups with and without a learning rate."""

from __future__ import annotations

from typing import Any

import torch


class InGroups(torch.optim.SGD):
    expected = "pass"


class OnSelf(torch.optim.Optimizer):
    """The rate is an attribute."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {})
        self.lr = lr

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad, alpha=-self.lr)
