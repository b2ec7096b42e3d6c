"""Closures that are called as they should be, and otherwise."""

from __future__ import annotations

from typing import Any

import torch


class AsTorch(torch.optim.SGD):
    expected = "pass"


class SeveralCalls(torch.optim.LBFGS):
    """A line search calls it several times, and returns the first loss."""

    expected = "pass"


class _Descends(torch.optim.Optimizer):
    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def _descend(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(p.grad, alpha=group["lr"])


class AsNumber(_Descends):
    """A decoy: the loss comes back as a Python number."""

    expected = "pass"

    def step(self, closure: Any = None) -> float | None:  # type: ignore[override]
        loss = None if closure is None else float(closure())
        self._descend()
        return loss


class ReturnsNothing(_Descends):
    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        if closure is not None:
            closure()
        self._descend()


class WithoutAutograd(_Descends):
    expected = "fail"

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        loss = None if closure is None else closure()
        self._descend()
        return loss


class TakesNone(_Descends):
    """``step`` has no such argument."""

    expected = "fail"

    def step(self) -> None:  # type: ignore[override]
        self._descend()


class NeverCalls(_Descends):
    expected = "fail"

    def step(self, closure: Any = None) -> Any:
        self._descend()


class ReturnsAnother(_Descends):
    """Half of the loss comes back."""

    expected = "fail"

    def step(self, closure: Any = None) -> Any:
        loss = None if closure is None else closure() / 2 + 1
        self._descend()
        return loss
