"""Steps that are one graph, steps that are several, and steps that are never the same graph again."""

from __future__ import annotations

import math
from typing import Any

import torch

from tests.dynamic.toys._descent import Descends


class PyTorchsOwn(torch.optim.AdamW):
    """The base class breaks the graph before and after the step, which is not the optimizer's doing."""

    expected = "pass"


class LateState(Descends):
    """The first step makes the state, so that the second is another graph, and the last."""

    expected = "pass"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if "mean" not in state:
            state["mean"] = torch.zeros_like(p)
        p.add_(state["mean"].lerp_(grad, 0.1), alpha=-group["lr"])


class Counts(Descends):
    """It counts in Python and only compares the count: a number that the graph takes as a variable."""

    expected = "pass"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        state["step"] = state.get("step", 0) + 1
        p.add_(grad, alpha=-group["lr"] if state["step"] < 1000 else -group["lr"] / 2)


class Reads(Descends):
    """It reads a norm into Python."""

    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.add_(grad, alpha=-group["lr"] / max(1.0, grad.norm().item()))


class Branches(Descends):
    """It decides by a tensor's value."""

    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.add_(grad if grad.norm() < 1 else grad.sign(), alpha=-group["lr"])


class Powers(Descends):
    """It raises a decay to the power of a Python count by ``**``, which the graph can do."""

    expected = "pass"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        state["step"] = state.get("step", 0) + 1
        p.add_(grad, alpha=-group["lr"] / (1 - 0.9 ** state["step"]))


class Pow(Descends):
    """The same by ``math.pow``: a constant of the graph that is new every time."""

    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        state["step"] = state.get("step", 0) + 1
        p.add_(grad, alpha=-group["lr"] / (1 - math.pow(0.9, state["step"])))


class Told(Descends):
    """It does something else where it is compiled."""

    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.add_(grad, alpha=-group["lr"] / 2 if torch.compiler.is_compiling() else -group["lr"])


class Asks(torch.optim.SGD):
    """It needs a closure."""

    expected = "not-applicable"

    def step(self, closure: Any) -> Any:  # type: ignore[override]
        with torch.enable_grad():
            loss = closure()
        super().step()
        return loss
