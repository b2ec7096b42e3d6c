"""Steps that are one graph, steps that are several, and steps that are never the same graph again."""

from __future__ import annotations

import math
from typing import Any

import torch


class PyTorchsOwn(torch.optim.AdamW):
    """The base class breaks the graph before and after the step, which is not the optimizer's doing."""

    expected = "pass"


class Toy(torch.optim.Optimizer):
    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.update(p, self.state[p], group["lr"])

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        raise NotImplementedError


class LateState(Toy):
    """The first step makes the state, so that the second is another graph, and the last."""

    expected = "pass"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        if "mean" not in state:
            state["mean"] = torch.zeros_like(p)
        p.add_(state["mean"].lerp_(p.grad, 0.1), alpha=-lr)


class Counts(Toy):
    """It counts in Python and only compares the count: a number that the graph takes as a variable."""

    expected = "pass"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        state["step"] = state.get("step", 0) + 1
        p.add_(p.grad, alpha=-lr if state["step"] < 1000 else -lr / 2)


class Reads(Toy):
    """It reads a norm into Python."""

    expected = "fail"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        p.add_(p.grad, alpha=-lr / max(1.0, p.grad.norm().item()))


class Branches(Toy):
    """It decides by a tensor's value."""

    expected = "fail"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        p.add_(p.grad if p.grad.norm() < 1 else p.grad.sign(), alpha=-lr)


class Powers(Toy):
    """It raises a decay to the power of a Python count by ``**``, which the graph can do."""

    expected = "pass"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        state["step"] = state.get("step", 0) + 1
        p.add_(p.grad, alpha=-lr / (1 - 0.9 ** state["step"]))


class Pow(Toy):
    """The same by ``math.pow``: a constant of the graph that is new every time."""

    expected = "fail"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        state["step"] = state.get("step", 0) + 1
        p.add_(p.grad, alpha=-lr / (1 - math.pow(0.9, state["step"])))


class Told(Toy):
    """It does something else where it is compiled."""

    expected = "fail"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        p.add_(p.grad, alpha=-lr / 2 if torch.compiler.is_compiling() else -lr)


class Asks(torch.optim.SGD):
    """It needs a closure."""

    expected = "not-applicable"

    def step(self, closure: Any) -> Any:  # type: ignore[override]
        with torch.enable_grad():
            loss = closure()
        super().step()
        return loss
