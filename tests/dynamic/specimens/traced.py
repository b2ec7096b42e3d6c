"""Optimizers whose every line is known: a comment says what a traced run must see there, and no more.

``writes ROLE [KEY]`` and ``reads`` belong to the line's expression; ``keeps KEY KIND`` to the line that
creates state. A line without such a comment must stay silent.
"""

# mypy: disable-error-code="arg-type, assignment, index, operator, union-attr"
from __future__ import annotations

from typing import Any

import torch
from torch.optim import Optimizer


class Base(Optimizer):
    def __init__(self, params: Any, lr: float = 1e-3, decay: float = 0.0, *, flip: bool = False) -> None:
        super().__init__(params, {"lr": lr, "decay": decay, "flip": flip})

    @property
    def moved(self) -> list[torch.Tensor]:
        return [p for group in self.param_groups for p in group["params"] if p.grad is not None]


class Plain(Base):
    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for p in self.moved:
            p.add_(p.grad, alpha=-0.01)  # writes parameter


class Views(Base):
    """Memory counts, not the name or the view through which it is reached."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for p in self.moved:
            flat = p.data.view(-1)
            flat.sub_(p.grad.view(-1), alpha=0.01)  # writes parameter
            gradient = p.grad.detach()
            gradient.mul_(0.5)  # writes gradient


class Copies(Base):
    """Nothing but the parameter changes: what is written into is a copy."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for p in self.moved:
            gradient = p.grad.clone()
            gradient.mul_(0.5)  # writes temporary
            p.sub_(gradient, alpha=0.01)  # writes parameter


class Stateful(Base):
    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for p in self.moved:
            state = self.state[p]
            if not state:
                state["step"] = 0  # keeps step number
                state["average"] = torch.zeros_like(p)  # keeps average full-size
                state["norms"] = [torch.zeros(1) for _ in range(2)]  # keeps norms list
                state["row"] = torch.zeros(3, 1)  # keeps row factored
            state["step"] += 1
            state["average"].mul_(0.9)  # writes state average
            state["norms"][1].add_(1.0)  # writes state norms
            state["row"] += 1.0  # writes state row
            p.sub_(state["average"] + p.grad, alpha=0.01)  # writes parameter


class MadeThenKept(Base):
    """What is written into is a temporary until it is kept."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for p in self.moved:
            if "snapshot" not in self.state[p]:
                snapshot = torch.empty_like(p)
                snapshot.copy_(p)  # writes temporary
                self.state[p]["snapshot"] = snapshot  # keeps snapshot full-size
            p.sub_(p.grad, alpha=0.01)  # writes parameter


class Sums(Base):
    """The first turn makes a tensor of a number, the others write into it."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        total: Any = 0.0
        for p in self.moved:
            total += p.grad.sum()  # writes temporary
            p.sub_(p.grad, alpha=0.01)  # writes parameter


class OnSelf(Base):
    """State that is held by the optimizer itself is state, without a key."""

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.memory = [torch.zeros_like(p) for group in self.param_groups for p in group["params"]]

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for p, memory in zip(self.moved, self.memory, strict=True):
            memory.add_(p.grad)  # writes state
            p.sub_(memory, alpha=0.01)  # writes parameter


class Reads(Base):
    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for p in self.moved:
            norm = p.grad.norm()
            ratio = norm.item()  # reads
            if norm > 1.0:  # reads
                ratio = 1.0
            large = norm > 2.0
            if large:  # reads
                ratio = 1.5
            chosen = p.grad[p.grad > 0].cpu()  # reads
            ratio += float(torch.nonzero(p.grad).shape[0] * 0)  # reads
            listed = chosen.tolist()  # reads
            p.sub_(p.grad, alpha=0.01 + ratio * 0 * len(listed))  # writes parameter


class CountsOnTheHost(Base):
    """A counter that stays on the CPU is read without waiting; one on the parameter's device is not."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for p in self.moved:
            state = self.state[p]
            if not state:
                state["step"] = torch.tensor(0.0)  # keeps step scalar
                state["there"] = torch.zeros((), device=p.device)  # keeps there scalar
            state["step"] += 1  # writes state step
            state["there"] += 1  # writes state there
            here = 1 - 0.9 ** state["step"].item()
            there = 1 - 0.9 ** state["there"].item()  # reads
            p.sub_(p.grad, alpha=0.01 * here / there)  # writes parameter


class Rebinds(Base):
    """A new tensor under an old name is no write."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for p in self.moved:
            p.grad = p.grad * 0.5
            p.data = p.data - 0.01 * p.grad


class Lists(Base):
    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        parameters = self.moved
        gradients = [p.grad for p in parameters]
        if parameters:
            torch._foreach_neg_(gradients)  # writes gradient
            torch._foreach_add_(parameters, gradients, alpha=0.01)  # writes parameter


class OnlyOnceAsked(Base):
    """Lines behind an option that is off neither run nor are seen."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if group["flip"]:
                    p.grad.neg_()
                p.add_(p.grad, alpha=0.01)  # writes parameter


class Drives(Base):
    """What another optimizer writes is that one's."""

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.inner = torch.optim.SGD(self.param_groups, lr=0.01, momentum=0.9)
        self.state = self.inner.state

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.inner.step()
        for p in self.moved:
            p.mul_(0.999)  # writes parameter


class CallsBack(Base):
    """What the closure does is the training loop's."""

    def step(self, closure: Any) -> Any:  # type: ignore[override]
        with torch.enable_grad():
            loss = closure()
        with torch.no_grad():
            for p in self.moved:
                p.sub_(p.grad, alpha=0.01)  # writes parameter
        return loss
