"""Optimizers whose steps are programs, each hard to record in its own way."""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from typing import Any

import torch

Optimizer = torch.optim.Optimizer
LATE = 15


class Plain(Optimizer):
    """What the others share: parameters with gradients, and a rate."""

    def __init__(self, params: Any, lr: float = 0.1, beta: float = 0.9, **further: Any) -> None:
        super().__init__(params, {"lr": lr, "beta": beta, **further})

    def each(self) -> Any:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    yield group, p

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        for group, p in self.each():
            self.update(group, p, self.state[p])

    def update(self, group: Any, p: Any, state: Any) -> None:
        p.sub_(p.grad, alpha=group["lr"])


class Listed(Plain):
    """State in a list, nested in a dictionary."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        if not state:
            state["held"] = {"moments": [torch.zeros_like(p), torch.zeros_like(p)], "count": [0]}
        held = state["held"]
        held["count"][0] += 1
        first, second = held["moments"]
        first.lerp_(p.grad, 1 - group["beta"])
        second.lerp_(p.grad.square(), 1 - group["beta"])
        p.addcdiv_(first, second.sqrt() + 1e-8, value=-group["lr"] / math.sqrt(held["count"][0]))


class KeyedById(Plain):
    """State outside ``state``, under the identity of the parameter."""

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, lr)
        self.velocities: dict[int, torch.Tensor] = {}

    def update(self, group: Any, p: Any, state: Any) -> None:
        velocity = self.velocities.setdefault(id(p), torch.zeros_like(p))
        velocity.mul_(group["beta"]).add_(p.grad)
        p.data = p.data - group["lr"] * velocity


class Memo(Plain):
    """A table in which a step looks up what it computed for another parameter."""

    def __init__(self, params: Any, lr: float = 0.1, beta: float = 0.9) -> None:
        super().__init__(params, lr, beta, table=[[None, None] for _ in range(10)])

    def update(self, group: Any, p: Any, state: Any) -> None:
        state["step"] = state.get("step", 0) + 1
        slot = group["table"][int(state["step"] % 10)]
        if slot[0] == state["step"]:
            scale = slot[1]
        else:
            slot[0] = state["step"]
            scale = slot[1] = 1 - group["beta"] ** state["step"]
        p.sub_(p.grad, alpha=group["lr"] * scale)


class Rectified(Plain):
    """Another way from the sixth step on, and at every fifth."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        step = state["step"] = state.get("step", 0) + 1
        p.sub_(p.grad, alpha=group["lr"] if step > 5 else group["lr"] / 2)
        if step % 5 == 0:
            state["slow"] = p.clone()


class Masked(Plain):
    """A mask from torch's generator."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        p.sub_(p.grad * torch.bernoulli(torch.full_like(p, group["beta"])), alpha=group["lr"])


class Measured(Plain):
    """A step size from numbers that were read from tensors."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        norm = p.grad.norm().item()
        scale = max(float(p.norm()), 0.01) / (norm + 1e-6) if norm > 0 else 1.0
        state["most"] = max(state.get("most", 0.0), norm)
        p.sub_(p.grad, alpha=group["lr"] * min(scale, 10.0) / (1 + state["most"]))


def _scaled(x: torch.Tensor) -> torch.Tensor:
    return x * 2


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    scaled = torch.jit.script(_scaled)


class Twice(Plain):
    """Evaluates the closure again elsewhere."""

    @torch.no_grad()
    def step(self, closure: Any) -> Any:  # type: ignore[override]
        with torch.enable_grad():
            closure()
        for _, p in self.each():
            self.state[p]["old"] = p.clone()
            p.add_(scaled(p.grad) / 2, alpha=0.05)
        with torch.enable_grad():
            loss = closure()
        for group, p in self.each():
            p.copy_(self.state[p]["old"]).sub_(p.grad, alpha=group["lr"])
        return loss


class Curved(Plain):
    """A product with the Hessian; it wants gradients with a graph."""

    def step(self, closure: Any = None) -> Any:
        found = list(self.each())
        if any(p.grad.grad_fn is None for _, p in found):
            raise RuntimeError("Gradients need create_graph=True when calling backward.")
        parameters = [p for _, p in found]
        signs = [torch.randint_like(p, 2) * 2 - 1.0 for p in parameters]
        products = torch.autograd.grad([p.grad for p in parameters], parameters, grad_outputs=signs)
        with torch.no_grad():
            for (group, p), sign, product in zip(found, signs, products, strict=True):
                p.addcdiv_(p.grad, (sign * product).abs() + 0.1, value=-group["lr"])


class Wrapping(Plain):
    """Holds another optimizer, which holds the state."""

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, lr)
        self.inner = torch.optim.Adam(self.param_groups, lr=lr)
        self.counts: dict[str, int] = defaultdict(int)

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        self.counts["steps"] += 1
        for _, p in self.each():
            p.mul_(1 - 0.1 / self.counts["steps"])
        self.inner.step()


class Fragile(Plain):
    """Raises where gradients are far from normal."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        if p.grad.norm() > 10:
            raise RuntimeError("overflow")
        p.sub_(p.grad, alpha=group["lr"])


PROVEN = (Fragile, Plain, Listed, KeyedById, Memo, Rectified, Masked, Measured, Twice, Wrapping)
