"""Optimizers whose equations repeat themselves unless what recurs is named, and where sizes come in."""

from __future__ import annotations

import math
from typing import Any

import torch

from tests.dynamic.rule.program.optimizers import Plain


class Kept(Plain):
    """What a place gets is computed once and used twice; the place is written last."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        if not state:
            state["total"] = torch.zeros(())
        total = state["total"].to(p) + (p.grad - group["beta"] * p).square().sum()
        p.sub_(group["lr"] * p.grad / total.sqrt())
        state["total"] = total


class Floored(Plain):
    """A running mean to which a number is added again in every step."""

    def __init__(self, params: Any, lr: float = 0.1, beta: float = 0.9, eps: float = 1e-3) -> None:
        super().__init__(params, lr=lr, beta=beta, eps=eps)

    def update(self, group: Any, p: Any, state: Any) -> None:
        if not state:
            state["kept"] = torch.zeros_like(p)
        state["kept"].mul_(group["beta"]).addcmul_(p.grad, p.grad, value=1 - group["beta"]).add_(group["eps"])
        p.sub_(group["lr"] * p.grad / state["kept"].sqrt())


class Rows(Plain):
    """Mean squares of the rows by a norm and a size; the whole by its root mean square."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        if not state:
            state["rows"] = torch.zeros_like(p[:, :1])
        rows = p.grad.norm(dim=-1, keepdim=True).square().div_(p.shape[-1])
        state["rows"].lerp_(rows, 1 - group["beta"])
        update = p.grad / state["rows"].sqrt()
        p.sub_(group["lr"] * update / (update.norm() / math.sqrt(p.numel())).clamp(min=1.0))


class Grouped(Plain):
    """Matrices and vectors in groups of their own, with rates of their own."""

    def __init__(self, params: Any, lr: float = 0.1, slow: float = 0.01) -> None:
        given = list(params)
        groups = [{"params": [p for p in given if (p.dim() < 2) is flat]} for flat in (False, True)]
        super().__init__([each for each in groups if each["params"]], lr=lr)
        for each in self.param_groups:
            each["lr"] = lr if each["params"][0].dim() > 1 else slow
        self.param_groups.sort(key=lambda each: each["lr"])


class Turned(Plain):
    """Contractions by letters and by dimensions: of the gradient with itself, and of two matrices."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        if not state:
            state["left"] = torch.zeros(p.shape[0], p.shape[0], dtype=p.dtype)
        state["left"].add_(torch.tensordot(p.grad, p.grad, dims=[[1], [1]]))
        p.sub_(torch.einsum("ij,jk->ik", state["left"], p.grad), alpha=1e-3 * group["lr"])


def turn(x: torch.Tensor) -> torch.Tensor:
    """A function that is told the sizes of what it is given."""
    y = x.view(len(x), -1)
    for _ in range(2):
        y = y @ (y.transpose(0, 1) @ y)
    return y.view(x.shape[0], x.shape[1]) * 1e-3


class Told(Plain):
    """Uses it."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        p.sub_(turn(p.grad), alpha=group["lr"])
