"""State that bfloat16 can hold, and state that it cannot."""

from __future__ import annotations

from typing import Any

import torch


class Holds(torch.optim.SGD):
    expected = "pass"


class SmallestSoFar(torch.optim.SGD):
    """It keeps an infinite number from the start, in every dtype."""

    expected = "pass"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        super().step(closure)
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p].setdefault("smallest", torch.tensor(float("inf")))


class Logarithm(torch.optim.SGD):
    """One minus a millionth is one in bfloat16, and its logarithm's inverse is infinite."""

    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        super().step(closure)
        for group in self.param_groups:
            for p in group["params"]:
                share = torch.ones_like(p) - 1e-6
                self.state[p]["inverse"] = 1 / share.log()


class NeverFinite(torch.optim.Optimizer):
    """In float32 neither, once seven steps are taken."""

    expected = "not-applicable"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})
        self.taken = 0

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.taken += 1
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad / max(0, 7 - self.taken), alpha=-group["lr"])
