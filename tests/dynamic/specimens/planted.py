"""Optimizers that keep known amounts of memory in places where sums over ``state[p]`` do not look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.optim import Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.dynamic.specimens.descent import Base
else:
    from descent import Base  # beside this file, where a run finds it


class Stateless(Base):
    """Keeps nothing."""


class OnSelf(Base):
    """One buffer per parameter, in an attribute instead of the state."""

    def start(self) -> None:
        self.memory = [torch.zeros_like(p) for p in self.all_parameters]


class InClosure(Base):
    """One buffer of 1000 float32, seen only by a closure."""

    def start(self) -> None:
        buffer = torch.zeros(1000)
        self.hook = lambda: buffer


class View(Base):
    """Ten elements of a thousand: the whole base stays alive."""

    def keep(self, p: Tensor) -> None:
        if not self.state[p]:
            self.state[p]["window"] = torch.zeros(1000)[:10]


class Expanded(Base):
    """Looks like the parameter, holds one element."""

    def keep(self, p: Tensor) -> None:
        if not self.state[p]:
            self.state[p]["scale"] = torch.ones(1).expand(p.numel()).view_as(p)


class Nested(Base):
    """Tensors in lists in dictionaries; one of them twice."""

    def keep(self, p: Tensor) -> None:
        if not self.state[p]:
            shared = torch.zeros(7)
            self.state[p]["history"] = {"pairs": [(torch.zeros(5), shared), (torch.zeros(3), shared)]}


class Numbers(Base):
    """A step counter that is a Python number."""

    def keep(self, p: Tensor) -> None:
        self.state[p]["step"] = self.state[p].get("step", 0) + 1


class Slots:
    """An object without ``__dict__``."""

    __slots__ = ("ema",)

    def __init__(self, like: Tensor) -> None:
        self.ema = torch.zeros_like(like)


class InSlots(Base):
    """State in an object with slots."""

    def keep(self, p: Tensor) -> None:
        if not self.state[p]:
            self.state[p]["tracker"] = Slots(p)


class OnParameter(Base):
    """State as an attribute of the parameter."""

    def keep(self, p: Tensor) -> None:
        if not hasattr(p, "shadow"):
            p.shadow = torch.zeros_like(p)  # type: ignore[attr-defined]


class SwapsData(Base):
    """Gives every parameter new memory in every step, and lets the old go."""

    def keep(self, p: Tensor) -> None:
        p.data = p.data.clone()


class KeepsOldData(Base):
    """Gives every parameter new memory once, and keeps the old."""

    def start(self) -> None:
        self.old = [p.data for p in self.all_parameters]
        for p in self.all_parameters:
            p.data = p.data.clone()


class FromNumpy(Base):
    """Memory that no torch operation returned."""

    def start(self) -> None:
        import numpy as np  # noqa: PLC0415

        self.table = torch.from_numpy(np.zeros(500, dtype=np.float32))


class KeepsGradients(Base):
    """Holds on to the last gradients."""

    def keep(self, p: Tensor) -> None:
        self.state[p]["previous"] = p.grad


class Leaks(Base):
    """One more tensor in every step."""

    def start(self) -> None:
        self.log: list[Tensor] = []

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        super().step(closure)
        self.log.append(torch.zeros(10))


class Fills(Base):
    """A history of twenty entries, then it replaces the oldest."""

    def __init__(self, params: Any, lr: float = 1e-3, history: int = 20) -> None:
        self.history = history
        self.log: list[Tensor] = []
        super().__init__(params, lr)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        super().step(closure)
        self.log = [*self.log, torch.zeros(10)][-self.history :]


class Cycle(Base):
    """A reference cycle around a temporary: garbage, not state."""

    def keep(self, p: Tensor) -> None:
        knot: list[Any] = [torch.zeros_like(p)]
        knot.append(knot)


class MutatesGradients(Base):
    """Scales the gradient in place."""

    def keep(self, p: Tensor) -> None:
        assert p.grad is not None
        p.grad.mul_(0.5)


class Temporary(Base):
    """Allocates exactly two parameter sizes for every parameter, one after the other."""

    def keep(self, p: Tensor) -> None:
        one = torch.zeros_like(p)
        other = torch.zeros_like(p)
        del one, other


class Late(Base):
    """A buffer per parameter that appears in the fifth step."""

    def keep(self, p: Tensor) -> None:
        if self.steps_taken == 5:
            self.state[p]["late"] = torch.zeros_like(p)


class Reads(Base):
    """Reads the gradient's norm into Python."""

    def keep(self, p: Tensor) -> None:
        assert p.grad is not None
        if float(p.grad.norm()) > 1e9:
            p.grad.zero_()


class Motionless(Base):
    """Never changes a weight."""

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        self.steps_taken += 1


class NoReload(Base):
    """Forgets its momentum on reload: it is kept outside the state."""

    def start(self) -> None:
        self.momentum = [torch.zeros_like(p) for p in self.all_parameters]

    def keep(self, p: Tensor) -> None:
        assert p.grad is not None
        index = next(i for i, each in enumerate(self.all_parameters) if each is p)
        p.grad = self.momentum[index].mul_(0.9).add_(p.grad).clone()


class NoRate(Optimizer):
    """No lr in the groups; needs ``power`` to be told; refuses bfloat16."""

    def __init__(self, params: Any, momentum: float, *, broken: bool = False) -> None:
        if broken:
            raise ValueError("broken \x1b[31mon purpose at 0x7f00deadbeef")
        super().__init__(params, {"momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.dtype is torch.bfloat16:
                    raise TypeError("only full precision")
                p.sub_(p.grad, alpha=1e-3)


class Tagged(Base):
    """Wants to be told in every group which rule applies."""

    def __init__(self, params: Any, lr: float = 1e-3) -> None:
        for group in params:
            if "use_fast" not in group:
                raise ValueError("`use_fast` must be set")
        super().__init__(params, lr)


class Multiplies(Base):
    """A product of large matrices for every parameter."""

    def start(self) -> None:
        self.matrix = torch.eye(320)

    def keep(self, p: Tensor) -> None:
        self.matrix = self.matrix @ self.matrix


class WantsClosure(Base):
    """Evaluates the model three times in a step; a step is all but free."""

    @torch.no_grad()
    def step(self, closure: Callable[[], float]) -> None:  # type: ignore[override]
        for _ in range(3):
            with torch.enable_grad():
                closure()
        super().step()
