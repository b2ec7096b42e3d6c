"""Optimizers that do something no program tells: each must be found not proven, or not extractable."""

from __future__ import annotations

import random
import time
from typing import Any

import numpy as np
import torch

from tests.dynamic.rule.program.optimizers import LATE, Plain

_CALLS = [0]


class PythonRandom(Plain):
    """Numbers of Python's generator."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        p.sub_(p.grad, alpha=group["lr"] * random.uniform(0.5, 1.5))


class NumpyRandom(Plain):
    """Numbers of NumPy's generator."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        p.sub_(p.grad, alpha=group["lr"] * float(np.random.uniform(0.5, 1.5)))


class Clock(Plain):
    """The time of the day."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        p.sub_(p.grad, alpha=group["lr"] * (1 + time.perf_counter() % 1))


class InNumpy(Plain):
    """Writes the parameter's memory through NumPy."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        p.detach().numpy()[...] -= group["lr"] * p.grad.numpy()


class Asarray(Plain):
    """As ``InNumpy``, by another door."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        p.sub_(torch.from_numpy(np.asarray(p.grad) * group["lr"]))


class Global(Plain):
    """A counter in the module."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        _CALLS[0] += 1
        p.sub_(p.grad, alpha=group["lr"] / _CALLS[0])


class Hidden(Plain):
    """A counter in a closure."""

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, lr)
        count = 0

        def rate() -> float:
            nonlocal count
            count += 1
            return 1 / count

        self.rate = rate

    def update(self, group: Any, p: Any, state: Any) -> None:
        p.sub_(p.grad, alpha=group["lr"] * self.rate())


class Late(Plain):
    """Another way, late, and only at other hyperparameters than those that were recorded."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        state["step"] = state.get("step", 0) + 1
        wild = state["step"] > LATE and group["lr"] != 0.1
        p.sub_(p.grad, alpha=group["lr"] * (2 if wild else 1))


class Bypassing(Plain):
    """Calls torch where its functions are switched off, so that no call is seen."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        with torch._C.DisableTorchFunction():
            p.sub_(p.grad, alpha=float(group["lr"]))


class Frozen(Plain):
    """Turns a hyperparameter into text and back, where it loses its formula."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        p.sub_(p.grad, alpha=group["lr"] * eval(repr(group["beta"])))


_MASKS = [torch.tensor([1.0 + index]) for index in range(200)]


class Foreign(Plain):
    """Tensors that the module keeps, one after the other."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        _CALLS[0] += 1
        p.sub_(p.grad * _MASKS[_CALLS[0] % len(_MASKS)], alpha=group["lr"])


class Still(Plain):
    """Moves nothing, so that any program agrees with it."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        state["seen"] = p.grad * group["lr"]


class Searching(Plain):
    """A loop until the values say stop, each time of another length."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        state["step"] = state.get("step", 0) + 1
        for _ in range(state["step"]):
            p.sub_(p.grad, alpha=group["lr"] / state["step"])


UNPROVEN = (PythonRandom, NumpyRandom, Clock, Global, Hidden, Late, Bypassing, Frozen, Foreign, Still)
NOT_EXTRACTABLE = (InNumpy, Asarray, Searching)
