"""State that a distributed checkpoint brings back, and state that it does not."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Descends


class PyTorchsOwn(torch.optim.AdamW):
    expected = "pass"


class Stateless(torch.optim.SGD):
    """Nothing to save."""

    expected = "pass"


class MovesAtZero(Descends):
    """It moves weights even with an lr of zero; loading the model's weights undoes that."""

    expected = "pass"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        assert not self.state[p]  # looking it up leaves an entry, so that the loader knows of a step
        p.mul_(0.99).add_(grad, alpha=-group["lr"])


class OnSelf(Descends):
    """The count of steps is an attribute, which no checkpoint has."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, lr)
        self.taken = 0

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        self.taken += 1
        p.add_(grad, alpha=-group["lr"] / self.taken)


class Divides(Descends):
    """The lr of zero, with which the loader steps, is divided by."""

    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(grad / (1 / group["lr"]))


class Asks(torch.optim.SGD):
    """Its step needs a closure, and the loader's step gives none."""

    expected = "differs-by-design"

    def step(self, closure: Any) -> Any:  # type: ignore[override]
        with torch.enable_grad():
            loss = closure()
        super().step()
        return loss


class Sparse(torch.optim.SparseAdam):
    """It takes sparse gradients only, and the loader's are dense."""

    expected = "differs-by-design"


class NumberAtFirst(Descends):
    """It keeps a tensor, but a number after the loader's step, whose gradients are zero."""

    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        norm = grad.norm()
        state["ratio"] = p.norm() / norm if norm > 0 else 1.0
        p.add_(grad * state["ratio"], alpha=-group["lr"])


class EmptyEntries(Descends):
    """Its constructor looks state up, which leaves an empty entry: the loader takes that for all there is."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, lr)
        assert not any(self.state[p] for group in self.param_groups for p in group["params"])

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if "mean" not in state:
            state["mean"] = torch.zeros_like(p)
        p.add_(state["mean"].lerp_(grad, 0.1), alpha=-group["lr"])
