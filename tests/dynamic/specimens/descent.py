"""What the optimizers of these files have in common; they lie beside it, as modules of no package do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.optim import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable


class Base(Optimizer):
    """Plain gradient descent; the kinds keep something besides."""

    def __init__(self, params: Any, lr: float = 1e-3) -> None:
        super().__init__(params, {"lr": lr})
        self.steps_taken = 0
        self.start()

    def start(self) -> None:
        """Called when the groups are there."""

    def each_step(self, step: int) -> None:
        """Called in every step, which is counted from one."""

    def keep(self, p: Tensor) -> None:
        """Called for every parameter in every step."""

    @property
    def all_parameters(self) -> list[Tensor]:
        return [p for group in self.param_groups for p in group["params"]]

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        self.steps_taken += 1
        self.each_step(self.steps_taken)
        for p in self.all_parameters:
            if p.grad is not None:
                self.keep(p)
                p.sub_(p.grad, alpha=self.param_groups[0]["lr"])
