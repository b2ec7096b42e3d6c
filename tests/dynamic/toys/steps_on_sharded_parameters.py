"""Steps that sharded parameters can take, and steps that need whole tensors."""

from __future__ import annotations

from typing import Any

import torch


class PyTorchsOwn(torch.optim.AdamW):
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


class Normalises(Toy):
    """A norm over all shards, used out of place, is a sum that the ranks share."""

    expected = "pass"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        p.add_(p.grad / (1 + p.grad.norm()), alpha=-lr)


class Counts(Toy):
    """A count that is an ordinary tensor belongs to no shard."""

    expected = "pass"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        state["step"] = state.get("step", torch.zeros(())) + 1
        p.add_(p.grad, alpha=-lr / float(state["step"]))


class MakesOrdinary(Toy):
    """Its state is an ordinary tensor of the whole shape, which does not go with a sharded gradient."""

    expected = "fail"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        if "mean" not in state:
            state["mean"] = torch.zeros(p.shape)
        p.add_(state["mean"].lerp_(p.grad, 0.1), alpha=-lr)


class Gathers(Toy):
    """It works, but every rank keeps the whole gradient."""

    expected = "fail"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        state["last"] = p.grad.full_tensor() if hasattr(p.grad, "full_tensor") else p.grad.clone()
        p.add_(p.grad, alpha=-lr)


class Halves(Toy):
    """It splits the rows in two, which only shards of the same size can be."""

    expected = "fail"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        local, whole = getattr(p, "_local_tensor", p), p.shape[0]
        if local is not p and whole != 2 * local.shape[0]:
            raise RuntimeError("shards of unequal sizes")
        p.add_(p.grad, alpha=-lr)


class ManyAtOnce(Toy):
    """One of PyTorch's multi-tensor operations that know no shards, which it does not need."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1, foreach: bool = True) -> None:
        super().__init__(params, lr)
        self.foreach = foreach

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        if self.foreach:
            torch._foreach_maximum_([p.grad], -1.0)
        p.add_(p.grad, alpha=-lr)


class Wraps(torch.optim.SGD):
    """It wraps an optimizer that has the parameters already."""

    expected = "pass"

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        super().__init__([p for group in optimizer.param_groups for p in group["params"]], lr=0.1)


class Sparse(torch.optim.SparseAdam):
    expected = "not-applicable"
