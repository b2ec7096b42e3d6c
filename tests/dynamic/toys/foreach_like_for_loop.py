"""Two paths that agree, and two that do not."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Descends, Loops


class Agrees(torch.optim.RAdam):
    expected = "pass"


class ForgetsDecay(torch.optim.SGD):
    """Along the foreach path there is no weight decay: the defaults do not show it."""

    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            if group["foreach"]:
                group["weight_decay"] = 0.0
        super().step(closure)


class MixesUp(torch.optim.Optimizer):
    """Where a gradient is missing, parameters get the gradients of others."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1, foreach: bool = False) -> None:
        super().__init__(params, {"lr": lr, "foreach": foreach})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            have = [p for p in group["params"] if p.grad is not None]
            rate = group["lr"]
            if group["foreach"]:
                rate = rate * len(have) / len(group["params"])
            for p in have:
                p.sub_(p.grad, alpha=rate)


class Chaotic(Loops):
    """Both paths do the same but for a rounding, which decides where a step goes."""

    expected = "errored"

    def __init__(self, params: Any, lr: float = 0.01, foreach: bool = False) -> None:
        super().__init__(params, {"lr": lr, "foreach": foreach})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        angle = grad * 3e5 * 7e5 if group["foreach"] else grad * 2.1e11
        p.sub_(angle.sin(), alpha=group["lr"])


class Refuses(torch.optim.SGD):
    expected = "differs-by-design"

    def __init__(self, params: Any, lr: float = 0.1, foreach: Any = None) -> None:
        if foreach:
            raise RuntimeError("foreach is not supported")
        super().__init__(params, lr=lr)


class OnePath(Descends):
    expected = "not-applicable"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(grad, alpha=group["lr"])
