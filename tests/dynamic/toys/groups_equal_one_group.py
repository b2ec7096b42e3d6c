"""Groups that train alike, otherwise, and not at all."""

from __future__ import annotations

from typing import Any

import torch


class Elementwise(torch.optim.Adam):
    expected = "pass"


class Refuses(torch.optim.LBFGS):
    """It says that there can be only one."""

    expected = "differs-by-design"


class Slow(torch.optim.SGD):
    """A decoy: a rate so small that any difference is."""

    expected = "pass"

    def __init__(self, params: Any, lr: float = 1e-6) -> None:
        super().__init__(params, lr=lr)


class GroupNorm(torch.optim.Optimizer):
    """Gradients are divided by the norm of their group."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            present = [p for p in group["params"] if p.grad is not None]
            norm = sum(float(p.grad.norm()) for p in present)
            for p in present:
                p.sub_(p.grad, alpha=group["lr"] / norm)


class FirstOnly(torch.optim.Optimizer):
    """Only the first group is looked at; with a small rate."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 1e-6) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for p in self.param_groups[0]["params"]:
            if p.grad is not None:
                p.sub_(p.grad, alpha=self.param_groups[0]["lr"])


class Flat(torch.optim.SGD):
    """It takes a list of parameters apart, and trips over groups."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        self.sizes = [p.numel() for p in params]
        super().__init__(params, lr=lr)


class Wrapper(torch.optim.SGD):
    """What it is built from is no list of parameters."""

    expected = "not-applicable"

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        super().__init__(optimizer.param_groups, lr=0.1)
