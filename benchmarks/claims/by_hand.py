"""The equations as the pages print them, written out by hand, beside the classes: the largest difference."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from pytorch_optimizer.optimizer.a2grad import A2Grad
from pytorch_optimizer.optimizer.adabelief import AdaBelief

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = Callable[[int, torch.Tensor, torch.Tensor], torch.Tensor]

_STEPS = 20


def adabelief() -> float:
    """With weight decay 0.1, as the page prints it."""
    beta1, beta2, eps, lr, decay = 0.8, 0.97, 1e-3, 0.02, 0.1
    state = {"m": torch.zeros(6, 4).double(), "s": torch.zeros(6, 4).double()}

    def step(t: int, p: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
        state["m"] = beta1 * state["m"] + (1 - beta1) * g
        state["s"] = beta2 * state["s"] + (1 - beta2) * (g - state["m"]) ** 2 + eps
        mean, scatter = state["m"] / (1 - beta1**t), state["s"] / (1 - beta2**t)
        return (1 - lr * decay) * p - lr * mean / (scatter.sqrt() + eps)

    return _apart(step, lambda p: AdaBelief(p, lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=decay))


def a2grad() -> float:
    """The default variant."""
    beta, lips = 7.0, 13.0
    state: dict[str, torch.Tensor] = {}
    alpha = [1.0]

    def step(t: int, p: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
        state["mean"] = (1 - 1 / t) * state.get("mean", torch.zeros_like(g)) + g / t
        state["v"] = state.get("v", torch.zeros(()).double()) + ((state["mean"] - g) ** 2).sum()
        h = 2 * lips / (t + 1) + beta * math.sqrt(float(state["v"]))
        state["x"] = state.get("x", p) - g / h
        old, new = alpha[0], 2 / (t + 3)
        alpha[0] = new
        return (1 - new) * p + new * state["x"] - old * (1 - new) * g / h

    return _apart(step, lambda p: A2Grad(p, beta=beta, lips=lips))


def _apart(step: Step, make: Callable[[list[torch.Tensor]], torch.optim.Optimizer]) -> float:
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(6, 4, dtype=torch.float64))
    mine, start = weight.detach().clone(), weight.detach().clone()
    optimizer = make([weight])
    for t in range(1, _STEPS + 1):
        weight.grad = torch.randn(6, 4, dtype=torch.float64)
        mine = step(t, mine, weight.grad)
        optimizer.step()
    return float((mine - weight.detach()).norm() / (weight.detach() - start).norm())
