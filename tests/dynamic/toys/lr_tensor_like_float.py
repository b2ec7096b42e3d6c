"""Rates that may be tensors, and rates that must not."""

from __future__ import annotations

from typing import Any

import torch


class TakesBoth(torch.optim.SGD):
    expected = "pass"


class Normalises(torch.optim.SGD):
    """What goes into the groups is not what was given."""

    expected = "pass"

    def __init__(self, params: Any, lr: Any = 0.3) -> None:
        super().__init__(params, lr=lr / 3)


class ChangesIt(torch.optim.SGD):
    """It lowers the rate in place, which for a tensor stays."""

    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            rate = group["lr"]
            rate *= 0.5
        super().step(closure)


class Ignores(torch.optim.Optimizer):
    """What is no number counts as the default."""

    expected = "fail"

    def __init__(self, params: Any, lr: Any = 0.5) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            rate = group["lr"] if isinstance(group["lr"], float) else 0.1
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(p.grad, alpha=rate)


class Refuses(torch.optim.SGD):
    expected = "differs-by-design"

    def __init__(self, params: Any, lr: Any = 1e-3) -> None:
        if isinstance(lr, torch.Tensor):
            raise TypeError("lr as a tensor is not supported")
        super().__init__(params, lr=lr)


class Crashes(torch.optim.SGD):
    """``math`` of a list of it is no refusal."""

    expected = "fail"

    def __init__(self, params: Any, lr: Any = 1e-3) -> None:
        "".join(["" if isinstance(lr, float) else lr])
        super().__init__(params, lr=lr)


class Rounds(torch.optim.SGD):
    """It makes a number of it."""

    expected = "errored"

    def __init__(self, params: Any, lr: Any = 1e-3) -> None:
        super().__init__(params, lr=float(lr))


class TakesItForMatrices(torch.optim.Optimizer):
    """The vectors' group has a rate of its own, a number."""

    expected = "pass"

    def __init__(self, params: Any, lr: Any = 0.3) -> None:
        params = list(params)
        groups = [[p for p in params if p.ndim == 2], [p for p in params if p.ndim != 2]]
        rates = (lr, 0.1)
        super().__init__([{"params": g, "lr": r} for g, r in zip(groups, rates, strict=True)], {})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(group["lr"] * p.grad)


class WithoutRate(torch.optim.SGD):
    expected = "not-applicable"

    def __init__(self, params: Any) -> None:
        super().__init__(params, lr=0.1)
