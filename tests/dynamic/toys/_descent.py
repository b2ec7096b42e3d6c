"""What many toys have in common: a loop over the parameters that have gradients, and a step against each."""

from __future__ import annotations

from typing import Any

import torch


class Loops(torch.optim.Optimizer):
    """Plain gradient descent; a toy says what is otherwise, of the update or of the whole move."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.move(p, p.grad, group)

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(self.update(grad), alpha=group["lr"])

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad


class Descends(Loops):
    """The same with an lr of 0.1."""

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})
