"""Optimizers that climb, and optimizers that only say so."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Loops


class Climbs(torch.optim.AdamW):
    expected = "pass"


class OnlySays(torch.optim.SGD):
    """The gradient is negated twice, as in a published one."""

    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if group["maximize"] and p.grad is not None:
                    p.grad.neg_()
        super().step(closure)


class DecayClimbsToo(Loops):
    """The gradient is negated after the decay was added to it, so that weights grow."""

    expected = "fail"

    def __init__(
        self, params: Any, lr: float = 0.1, weight_decay: float = 0.0, maximize: bool = False
    ) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "maximize": maximize})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        g = grad + group["weight_decay"] * p
        p.sub_(-g if group["maximize"] else g, alpha=group["lr"])


class Refuses(torch.optim.SGD):
    expected = "differs-by-design"

    def __init__(self, params: Any, lr: float = 0.1, maximize: bool = False) -> None:
        if maximize:
            raise NotImplementedError("maximize is not supported")
        super().__init__(params, lr=lr)


class WithoutIt(torch.optim.SGD):
    expected = "not-applicable"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, lr=lr)
