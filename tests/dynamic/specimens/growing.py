"""Optimizers whose state develops in known ways, each to be called by its name."""

from __future__ import annotations

import functools
from collections import deque
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from tests.dynamic.specimens.descent import Base
else:
    from descent import Base  # beside this file, where a run finds it

HISTORY = 120
LOG: list[float] = []


class Preconditioner(Base):
    """A preconditioner that is made anew in every fifth step, as large as the old one."""

    def each_step(self, step: int) -> None:
        for p in self.all_parameters:
            if step % 5 == 1:
                self.state[p]["inverse"] = torch.eye(p.shape[0])


class Second(Base):
    """The gradient of the step before: from the second step on there are two."""

    def each_step(self, step: int) -> None:
        for p in self.all_parameters:
            if step > 1:
                self.state[p]["before"] = self.state[p]["gradient"]
            self.state[p]["gradient"] = p.grad


class Fortieth(Base):
    """A buffer that appears in the fortieth step."""

    def each_step(self, step: int) -> None:
        if step == 40:
            self.late = torch.zeros(10)


class Comes(Base):
    """A buffer that is there after every fourth step."""

    def each_step(self, step: int) -> None:
        self.stale = torch.zeros(10) if step % 4 == 0 else None


class ComesRarely(Base):
    """A buffer that is there after every nineteenth step: three periods are longer than fifty steps."""

    def each_step(self, step: int) -> None:
        self.stale = torch.zeros(10) if step % 19 == 0 else None


class Falls(Base):
    """Twice the memory in the first step, which then goes."""

    def each_step(self, step: int) -> None:
        self.buffer = torch.zeros(20 if step == 1 else 10)


class Irregular(Base):
    """Comes and goes after no rule that repeats itself: with every square number."""

    def each_step(self, step: int) -> None:
        self.buffer = torch.zeros(10) if step**0.5 % 1 == 0 else None


class Deque(Base):
    """The last twenty tensors."""

    def start(self) -> None:
        self.history: deque[Tensor] = deque(maxlen=20)

    def each_step(self, step: int) -> None:
        self.history.append(torch.zeros(10))


class ModuleHistory(Base):
    """A history whose length is said nowhere in the constructor."""

    def start(self) -> None:
        self.history: deque[Tensor] = deque(maxlen=HISTORY)

    def each_step(self, step: int) -> None:
        self.history.append(torch.zeros(10))


class LongHistory(Base):
    """A history as long as the constructor says, and longer than any run without a hint."""

    def __init__(self, params: Any, lr: float = 1e-3, history: int = 350) -> None:
        self.history: list[Tensor] = []
        self.length = history
        super().__init__(params, lr)

    def each_step(self, step: int) -> None:
        self.history = [*self.history, torch.zeros(10)][-self.length :]


class Twice(Base):
    """Two buffers, one late and one later: two rises are no trend."""

    def each_step(self, step: int) -> None:
        if step in (10, 30):
            setattr(self, f"buffer_{step}", torch.zeros(10))


class SlowLeak(Base):
    """One more tensor in every fifteenth step."""

    def start(self) -> None:
        self.log: list[Tensor] = []

    def each_step(self, step: int) -> None:
        if step % 15 == 0:
            self.log.append(torch.zeros(10))


class Longer(Base):
    """One tensor that gets longer."""

    def start(self) -> None:
        self.losses = torch.zeros(0)

    def each_step(self, step: int) -> None:
        self.losses = torch.cat([self.losses, torch.zeros(1)])


class Resized(Base):
    """Memory that is made larger without any operation."""

    def start(self) -> None:
        self.memory = torch.zeros(10)

    def each_step(self, step: int) -> None:
        self.memory.untyped_storage().resize_(40 + 4 * step)


class Average(Base):
    """An average that nobody detached: every step adds to its graph."""

    def each_step(self, step: int) -> None:
        with torch.enable_grad():
            for p in self.all_parameters:
                before = self.state[p].get("average", torch.zeros(()))
                self.state[p]["average"] = before * 0.9 + p.norm() * 0.1


class OnlyLast(Base):
    """The graph of the last step alone: as much in every step, but it is kept."""

    def each_step(self, step: int) -> None:
        with torch.enable_grad():
            self.last = self.all_parameters[0].exp().sum()


class Floats(Base):
    """A list of losses."""

    def start(self) -> None:
        self.losses: list[float] = []

    def each_step(self, step: int) -> None:
        self.losses.append(0.5)


class ByStep(Base):
    """A dictionary with a new key in every step."""

    def start(self) -> None:
        self.rates: dict[int, float] = {}

    def each_step(self, step: int) -> None:
        self.rates[step] = 0.1


class GlobalList(Base):
    """A list of the module."""

    def each_step(self, step: int) -> None:
        LOG.append(0.5)


class Appended(Base):
    """A NumPy array that gets longer."""

    def start(self) -> None:
        import numpy as np  # noqa: PLC0415

        self.array: Any = np.zeros(0)

    def each_step(self, step: int) -> None:
        import numpy as np  # noqa: PLC0415

        self.array = np.append(self.array, 1.0)


@functools.cache
def decay(step: int) -> float:
    return 0.9**step


class CachedByStep(Base):
    """A function that remembers the result of every step."""

    def each_step(self, step: int) -> None:
        decay(step)


class Link:
    """One more object in a chain."""

    def __init__(self, before: Link | None) -> None:
        self.before = before


class Chain(Base):
    """Objects that point to the ones before."""

    def start(self) -> None:
        self.last: Link | None = None

    def each_step(self, step: int) -> None:
        self.last = Link(self.last)


class BoundedFloats(Base):
    """A list that ends at a length which no run comes to, and says so."""

    def start(self) -> None:
        self.losses: deque[float] = deque(maxlen=100_000)

    def each_step(self, step: int) -> None:
        self.losses.append(0.5)


class FullFloats(Base):
    """A list of thirty numbers."""

    def start(self) -> None:
        self.losses: list[float] = []

    def each_step(self, step: int) -> None:
        self.losses = [*self.losses, 0.5][-30:]


class Counter(Base):
    """Numbers that get larger, in the state, on the optimizer and in the groups: no more of them."""

    def each_step(self, step: int) -> None:
        for group in self.param_groups:
            group["step"] = step
        for p in self.all_parameters:
            self.state[p]["step"] = 10**step
