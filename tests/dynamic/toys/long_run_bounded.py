"""State that settles, state that adds up, and state that explodes."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Loops


class AddsUp(torch.optim.Adagrad):
    """A sum of squares grows with every step, and is meant to."""

    expected = "pass"


class Explodes(torch.optim.SGD):
    """An entry doubles every fourth step; the weights do not show it yet."""

    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        super().step(closure)
        for group in self.param_groups:
            for p in group["params"]:
                scale = self.state[p].setdefault("scale", torch.ones(()))
                scale.mul_(2**0.25)


class Squares(torch.optim.SGD):
    """A sum of step numbers is large after many steps, but no exponential."""

    expected = "pass"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        super().step(closure)
        for group in self.param_groups:
            for p in group["params"]:
                held = self.state[p]
                held["taken"] = held.get("taken", 0) + 1
                held["sum"] = held.get("sum", 0) + held["taken"]


class Overflows(Loops):
    """A momentum that is not damped, on a rate that rises."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 1e-3) -> None:
        super().__init__(params, {"lr": lr})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        buffer = self.state[p].setdefault("buffer", torch.zeros_like(p))
        buffer.mul_(2).add_(grad)
        p.sub_(buffer, alpha=group["lr"])
