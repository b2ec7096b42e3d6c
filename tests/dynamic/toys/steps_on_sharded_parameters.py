"""Steps that sharded parameters can take, and steps that need whole tensors."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Descends


class PyTorchsOwn(torch.optim.AdamW):
    expected = "pass"


class Normalises(Descends):
    """A norm over all shards, used out of place, is a sum that the ranks share."""

    expected = "pass"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.add_(grad / (1 + grad.norm()), alpha=-group["lr"])


class Counts(Descends):
    """A count that is an ordinary tensor belongs to no shard."""

    expected = "pass"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        state["step"] = state.get("step", torch.zeros(())) + 1
        p.add_(grad, alpha=-group["lr"] / float(state["step"]))


class MakesOrdinary(Descends):
    """Its state is an ordinary tensor of the whole shape, which does not go with a sharded gradient."""

    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if "mean" not in state:
            state["mean"] = torch.zeros(p.shape)
        p.add_(state["mean"].lerp_(grad, 0.1), alpha=-group["lr"])


class Gathers(Descends):
    """It works, but every rank keeps the whole gradient."""

    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        state["last"] = grad.full_tensor() if hasattr(grad, "full_tensor") else grad.clone()
        p.add_(grad, alpha=-group["lr"])


class Halves(Descends):
    """It splits the rows in two, which only shards of the same size can be."""

    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        local, whole = getattr(p, "_local_tensor", p), p.shape[0]
        if local is not p and whole != 2 * local.shape[0]:
            raise RuntimeError("shards of unequal sizes")
        p.add_(grad, alpha=-group["lr"])


class ManyAtOnce(Descends):
    """One of PyTorch's multi-tensor operations that know no shards, which it does not need."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1, foreach: bool = True) -> None:
        super().__init__(params, lr)
        self.foreach = foreach

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        if self.foreach:
            torch._foreach_maximum_([grad], -1.0)
        p.add_(grad, alpha=-group["lr"])


class Wraps(torch.optim.SGD):
    """It wraps an optimizer that has the parameters already."""

    expected = "pass"

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        super().__init__([p for group in optimizer.param_groups for p in group["params"]], lr=0.1)


class Sparse(torch.optim.SparseAdam):
    expected = "not-applicable"
