"""Steps without any gradient that do nothing, and steps that fail on it."""

from __future__ import annotations

from typing import Any

import torch


class Idle(torch.optim.Adam):
    expected = "pass"


class WithClosure(torch.optim.LBFGS):
    expected = "pass"


class Norm(torch.optim.SGD):
    """The norm of all gradients, of which there are none."""

    expected = "fail"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        present = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        norm = torch.stack([p.grad.norm() for p in present]).norm()
        for p in present:
            p.sub_(p.grad / norm, alpha=0.1)


class Decays(torch.optim.SGD):
    expected = "fail"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(0.99)
                if p.grad is not None:
                    p.sub_(p.grad, alpha=group["lr"])


class BreaksLater(torch.optim.SGD):
    """State is set up in the first step, for those that have a gradient then."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, lr=lr)
        self.buffers: dict[Any, torch.Tensor] | None = None

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        present = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        if self.buffers is None:
            self.buffers = {p: torch.zeros_like(p) for p in present}
        for p in present:
            p.sub_(self.buffers[p].add_(p.grad), alpha=0.1)
