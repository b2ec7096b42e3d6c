"""Counters of steps for each parameter, for the group, and steps that depend on other parameters."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Descends


class PerParameter(torch.optim.Adam):
    expected = "pass"


class Uncorrected(torch.optim.SGD):
    """No counter at all; momentum starts with the first gradient."""

    expected = "pass"

    def __init__(self, params: Any) -> None:
        super().__init__(params, lr=0.1, momentum=0.9)


class PerGroup(torch.optim.Optimizer):
    """Momentum corrected for its start at zero, by a counter in the group."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr, "step": 0})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            group["step"] += 1
            for p in group["params"]:
                if p.grad is not None:
                    state = self.state[p]
                    if not state:
                        state["momentum"] = torch.zeros_like(p)
                    state["momentum"].lerp_(p.grad, 0.1)
                    p.sub_(state["momentum"], alpha=group["lr"] / (1 - 0.9 ** group["step"]))


class Late(Descends):
    """A decoy: the first two steps of every parameter only gather."""

    expected = "pass"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        state["step"] = state.get("step", 0) + 1
        if state["step"] > 2:
            p.sub_(grad, alpha=group["lr"] / state["step"])


class GlobalNorm(torch.optim.Optimizer):
    """A decoy: the sum of all norms so far divides the step of every parameter."""

    expected = "not-applicable"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr, "sum": 0.0})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            present = [p for p in group["params"] if p.grad is not None]
            group["sum"] += sum(float(p.grad.norm()) for p in present)
            for p in present:
                p.sub_(p.grad, alpha=group["lr"] / group["sum"])


class DecaysFrozen(torch.optim.SGD):
    """It moves what has no gradient, so that there is nothing to compare."""

    expected = "errored"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(0.9)
                if p.grad is not None:
                    p.sub_(p.grad, alpha=group["lr"])


class DrawsItsStart(Descends):
    """A decoy: momentum starts at random, and the others draw before the last one, or do not."""

    expected = "errored"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state["momentum"] = torch.randn_like(p)
        p.sub_(state["momentum"].lerp_(grad, 0.1), alpha=group["lr"])


class DrawsNothingThatMatters(torch.optim.Optimizer):
    """It draws, and counts steps in the group: the numbers change nothing."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr, "step": 0})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            group["step"] += 1
            for p in group["params"]:
                if p.grad is not None:
                    sign = torch.randn_like(p).sign()
                    p.sub_(p.grad * sign * sign, alpha=group["lr"] / group["step"])


class SharedEstimate(torch.optim.Optimizer):
    """A decoy: a rate for all, from how far the gradients agree with each other, whatever their length."""

    expected = "not-applicable"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr, "d": 0.01})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            grads = torch.cat([p.grad.flatten() for p in group["params"] if p.grad is not None])
            group["d"] = max(
                group["d"], 1.5 * group["d"] * float(grads.sum().abs() / grads.abs().sum()) + 0.01
            )
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(p.grad, alpha=group["lr"] * group["d"])


class VectorsByAnother(torch.optim.Optimizer):
    """Matrices step by their sign; the rest has momentum corrected by a counter in the group."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr, "step": 0})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            group["step"] += 1
            for p in group["params"]:
                if p.grad is not None and p.ndim == 2:
                    p.sub_(p.grad.sign(), alpha=group["lr"])
                elif p.grad is not None:
                    p.sub_(p.grad, alpha=group["lr"] / (1 - 0.9 ** group["step"]))
