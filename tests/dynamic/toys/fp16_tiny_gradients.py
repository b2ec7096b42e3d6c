"""Denominators that float16 keeps above zero, and those that it does not."""

from __future__ import annotations

from typing import Any

import torch


class NoDenominator(torch.optim.SGD):
    expected = "pass"


class LargerEps(torch.optim.Adam):
    """An eps that float16 can hold."""

    expected = "pass"

    def __init__(self, params: Any) -> None:
        super().__init__(params, eps=1e-4)


class AsUsual(torch.optim.AdamW):
    """That AdamW fails too is what the probe's words rest on."""

    expected = "fail"


class Float32State(torch.optim.Optimizer):
    """It divides in float32."""

    expected = "pass"

    def __init__(self, params: Any, lr: float = 1e-3) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    g = p.grad.float()
                    p.sub_((group["lr"] * g / (g.square().sqrt() + 1e-8)).to(p.dtype))


class WithoutEps(torch.optim.Optimizer):
    """Zero over zero in any dtype."""

    expected = "not-applicable"

    def __init__(self, params: Any, lr: float = 1e-3) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(group["lr"] * p.grad / p.grad.abs())
