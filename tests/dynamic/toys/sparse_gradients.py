"""Sparse gradients handled, rejected, got wrong, ignored, and crashed on."""

from __future__ import annotations

from typing import Any

import torch


class Handles(torch.optim.SGD):
    expected = "handled"


class Rejects(torch.optim.SGD):
    expected = "rejected"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        if any(p.grad is not None and p.grad.is_sparse for g in self.param_groups for p in g["params"]):
            raise RuntimeError("sparse gradients are not supported")
        super().step(closure)


class Doubles(torch.optim.SGD):
    """Values are counted twice."""

    expected = "differs"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None and p.grad.is_sparse:
                    p.grad = p.grad * 2
        super().step(closure)


class Skips(torch.optim.SGD):
    expected = "ignored"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None and p.grad.is_sparse:
                    p.grad = None
        super().step(closure)


class Crashes(torch.optim.Adagrad):
    """``addcmul`` has no sparse form."""

    expected = "failed"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.addcmul_(p.grad, p.grad.sign(), value=-0.1)


class TakesNoOther(torch.optim.SparseAdam):
    """It refuses dense gradients, so that nothing can be set beside the sparse ones."""

    expected = "handled"
