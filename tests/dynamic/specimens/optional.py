"""Optimizers whose state depends on the dtype, and whose steps depend on options, in known ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from tests.dynamic.specimens.descent import Base
else:
    from descent import Base  # beside this file, where a run finds it


class InFloat32(Base):
    """A buffer that is float32 whatever the parameter is."""

    def keep(self, p: Tensor) -> None:
        if not self.state[p]:
            self.state[p]["master"] = torch.zeros_like(p, dtype=torch.float32)


class InTwo(InFloat32):
    """One buffer in float32, another as the parameter."""

    def keep(self, p: Tensor) -> None:
        super().keep(p)
        self.state[p].setdefault("momentum", torch.zeros_like(p))


class Overflows(Base):
    """Leaves the range of float16, which ends at 65,504, but not that of bfloat16."""

    def keep(self, p: Tensor) -> None:
        p.mul_(0).add_(300).mul_(300).div_(90_000)


class Gated(Base):
    """Options that act alone, beside a number or another, in bfloat16, on memory, on few weights, never."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        weight_decay: float = 0.0,
        dampening: float = 0.0,
        *,
        acts: bool = False,
        decoupled: bool = False,
        fixed: bool = False,
        picky: bool = False,
        rounded: bool = False,
        wasteful: bool = False,
        useless: bool = False,
        sized: bool = False,
    ) -> None:
        if picky and dampening:
            raise ValueError("picky cannot be damped")
        self.weight_decay, self.acts, self.decoupled, self.fixed = weight_decay, acts, decoupled, fixed
        self.picky, self.rounded, self.wasteful, self.useless = picky, rounded, wasteful, useless
        super().__init__(params, lr)
        self.sized = sized and sum(p.numel() for p in self.param_groups[0]["params"]) < 100_000

    def keep(self, p: Tensor) -> None:
        assert p.grad is not None
        if self.sized:
            p.mul_(0.5)
        if self.acts:
            p.mul_(0.5)
        if self.decoupled and self.weight_decay:
            p.mul_(1 - self.weight_decay * (1.0 if self.fixed else 0.1))
        elif self.weight_decay:
            p.sub_(p, alpha=self.weight_decay * (0.3 if self.picky else 0.2))
        if self.rounded and p.dtype is torch.bfloat16:
            p.mul_(0.75)
        if self.wasteful:
            torch.zeros(2_000_000)


class Explodes(Gated):
    """Nothing can be told of options once the weights are not finite."""

    def keep(self, p: Tensor) -> None:
        p.mul_(float("nan"))


class Laborious(Base):
    """With an option, a thousand operations for every parameter."""

    def __init__(self, params: Any, lr: float = 1e-3, *, thorough: bool = False) -> None:
        self.thorough = thorough
        super().__init__(params, lr)

    def keep(self, p: Tensor) -> None:
        for _ in range(1000 if self.thorough else 0):
            p.add_(0)
