"""Copies that go on as the original does, and copies that lose something on the way."""

from __future__ import annotations

from typing import Any

import torch


class Ordinary(torch.optim.Adam):
    expected = "pass"


class CountsOnSelf(torch.optim.Optimizer):
    """``Optimizer.__getstate__`` knows defaults, state and groups only: an attribute is lost in a copy."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})
        self.taken = 0

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.taken += 1
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(p.grad, alpha=group["lr"] / self.taken)


class SavesItself(CountsOnSelf):
    """A decoy: the attribute is there as well, and ``__getstate__`` gives it along."""

    expected = "pass"

    def __getstate__(self) -> Any:
        return {**super().__getstate__(), "taken": self.taken}


class StartsAnew(CountsOnSelf):
    """The copy can be stepped, from the first step on again."""

    expected = "fail"

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        self.taken = 0


class Unpicklable(CountsOnSelf):
    """A deep copy takes a lambda along; pickle cannot."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, lr)
        self.param_groups[0]["schedule"] = lambda step: 1 / step

    def __getstate__(self) -> Any:
        return {**super().__getstate__(), "taken": self.taken}
