"""Optimizers whose equations are known: Adam in disguises, state of every role, and some to be found out."""

from __future__ import annotations

import math
from typing import Any

import torch

from tests.dynamic.rule.program.optimizers import Plain


class Adamlike(Plain):
    """Adam as the paper has it."""

    def __init__(self, params: Any, lr: float = 0.1, betas: Any = (0.9, 0.99), eps: float = 1e-8) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps)

    def update(self, group: Any, p: Any, state: Any) -> None:
        if not state:
            state.update(step=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
        state["step"] += 1
        (beta1, beta2), t = group["betas"], state["step"]
        state["m"].mul_(beta1).add_(p.grad, alpha=1 - beta1)
        state["v"].mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
        m = state["m"] / (1 - beta1**t)
        v = state["v"] / (1 - beta2**t)
        p.sub_(group["lr"] * m / (v.sqrt() + group["eps"]))


class Reordered(Adamlike):
    """The same with lerp, the second moment first, and the corrections in the step and in the root."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        if not state:
            state.update(step=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
        state["step"] += 1
        (beta1, beta2), t = group["betas"], state["step"]
        state["v"].lerp_(p.grad.square(), 1 - beta2)
        state["m"].lerp_(p.grad, 1 - beta1)
        root = (state["v"].sqrt() / math.sqrt(1 - beta2**t)).add_(group["eps"])
        p.addcdiv_(state["m"], root, value=-group["lr"] / (1 - beta1**t))


class Ranged(Plain):
    """By the range of each row and the deviation of all: functions that return two tensors at once."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        low, high = p.grad.aminmax(dim=-1, keepdim=True)
        spread, middle = torch.std_mean(p.grad, correction=0)
        p.sub_(group["lr"] * (p.grad - middle) / (high - low + spread))


class Packed(Adamlike):
    """Both moments in one tensor."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        if not state:
            state.update(step=0, both=torch.zeros(2, *p.shape))
            state["both"] = state["both"].to(p)
        state["step"] += 1
        (beta1, beta2), t = group["betas"], state["step"]
        state["both"][0].mul_(beta1).add_(p.grad, alpha=1 - beta1)
        state["both"][1].mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
        root = (state["both"][1] / (1 - beta2**t)).sqrt().add_(group["eps"])
        p.addcdiv_(state["both"][0], root, value=-group["lr"] / (1 - beta1**t))


class Masked(Plain):
    """Elements with a large gradient take another step."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        large = p.grad.abs() > 0.1
        p[large] = p[large] - 2 * group["lr"] * p.grad[large]


class Resetting(Plain):
    """A number that counts, but not the steps."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        state["k"] = state.get("k", 0) + 1
        if state["k"] >= 3:
            state["k"] = 0
            p.mul_(group["beta"])
        p.sub_(p.grad, alpha=group["lr"])


class Keeping(Plain):
    """State of one kind: ``kept`` after each step."""

    def kept(self, group: Any, p: Any, old: Any) -> Any:
        raise NotImplementedError

    def update(self, group: Any, p: Any, state: Any) -> None:
        if "kept" not in state:
            state["kept"] = torch.zeros_like(p)
        state["kept"] = self.kept(group, p, state["kept"])
        p.sub_(state["kept"], alpha=group["lr"])


class Mean(Keeping):
    def kept(self, group: Any, p: Any, old: Any) -> Any:
        return old + (1 - group["beta"]) * (p.grad - old)


class NotMean(Keeping):
    """The weights are beta and beta: the look of a running mean alone."""

    def kept(self, group: Any, p: Any, old: Any) -> Any:
        return group["beta"] * old + group["beta"] * p.grad


class Sum(Keeping):
    def kept(self, group: Any, p: Any, old: Any) -> Any:
        return old + p.grad * p.grad


class Momentum(Keeping):
    def kept(self, group: Any, p: Any, old: Any) -> Any:
        return group["beta"] * old + p.grad


class Largest(Keeping):
    def kept(self, group: Any, p: Any, old: Any) -> Any:
        return torch.maximum(old, p.grad.abs())


class Previous(Keeping):
    def kept(self, group: Any, p: Any, old: Any) -> Any:
        return p.grad.clone()


class Squared(Keeping):
    """Not linear in what it was."""

    def kept(self, group: Any, p: Any, old: Any) -> Any:
        return old * old + p.grad


class Anchored(Plain):
    """Pulled to where it began: state that no step changes."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        if "origin" not in state:
            state["origin"] = p.clone()
        p.sub_(p.grad + 0.5 * (p - state["origin"]), alpha=group["lr"])


class Rounding(Plain):
    """Keeps its state in bfloat16."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        if "m" not in state:
            state["m"] = torch.zeros_like(p, dtype=torch.bfloat16)
        m = state["m"].to(p.dtype).lerp(p.grad, 1 - group["beta"])
        state["m"].copy_(m)
        p.sub_(m, alpha=group["lr"])


class Late(Plain):
    """Another way from a step on that no recorded step shows."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        if group["lr"] < 0.09:  # as it only is where the equations are checked
            p.mul_(0.5)
        p.sub_(p.grad, alpha=group["lr"])


_DRIFT = [1.0]


class Wandering(Plain):
    """A number of the package's own that changes where no place keeps it."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        _DRIFT[0] *= 1.01
        p.sub_(p.grad, alpha=group["lr"] * _DRIFT[0])


class Noisy(Plain):
    """Draws random numbers."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        p.sub_(p.grad + 0.1 * torch.randn_like(p), alpha=group["lr"])
