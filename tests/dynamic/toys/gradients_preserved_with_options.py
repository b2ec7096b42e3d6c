"""Gradients that stay as they are, and gradients that options change in place."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Loops


class Copies(torch.optim.SGD):
    expected = "pass"


class WithoutOptions(torch.optim.SGD):
    expected = "not-applicable"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, lr=lr)


class _Descends(Loops):
    def __init__(
        self, params: Any, lr: float = 0.1, weight_decay: float = 0.0, maximize: bool = False
    ) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "maximize": maximize})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        self._update(p, grad, group)

    def _update(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(grad, alpha=group["lr"])


class AddsInPlace(_Descends):
    expected = "fail"

    def _update(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        grad.add_(p, alpha=group["weight_decay"])
        p.sub_(grad, alpha=group["lr"])


class NegatesInPlace(_Descends):
    expected = "fail"

    def _update(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(grad.neg_() if group["maximize"] else grad, alpha=group["lr"])


class DoesBoth(_Descends):
    expected = "fail"

    def _update(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        grad.mul_(-1 if group["maximize"] else 1).add_(p, alpha=group["weight_decay"])
        p.sub_(grad, alpha=group["lr"])


class PutsBack(_Descends):
    """A decoy: it changes the gradient, and changes it back."""

    expected = "pass"

    def _update(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        sign = -1 if group["maximize"] else 1
        p.sub_(grad.mul_(sign), alpha=group["lr"])
        grad.mul_(sign)


class CoupledOnly(Loops):
    """Decoupled decay leaves the gradient alone; switched to coupled, it is added in place."""

    expected = "fail"

    def __init__(
        self, params: Any, lr: float = 0.1, weight_decay: float = 0.0, decouple: bool = True
    ) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "decouple": decouple})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        if group["decouple"]:
            p.mul_(1 - group["lr"] * group["weight_decay"])
        else:
            grad.add_(p, alpha=group["weight_decay"])
        p.sub_(grad, alpha=group["lr"])


class NeedsBoth(torch.optim.SGD):
    """Weight decay alone is refused."""

    expected = "errored"

    def __init__(self, params: Any, lr: float = 0.1, weight_decay: float = 0.0, norm: Any = None) -> None:
        if weight_decay and norm is None:
            raise ValueError("weight decay needs a norm")
        super().__init__(params, lr=lr)
