"""State of tensors and numbers, and state that holds objects of other classes."""

from __future__ import annotations

from typing import Any

import torch


class Tensors(torch.optim.Adam):
    expected = "pass"


class Numbers(torch.optim.SGD):
    """A decoy: lists, strings, tuples and None are taken as well."""

    expected = "pass"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            group["kept"] = [1, "two", None, (3.0, True)]
            for p in group["params"]:
                self.state[p]["history"] = [0.1, 0.2]
                if p.grad is not None:
                    p.sub_(p.grad, alpha=0.1)


class History:
    """An object of a class that nobody knows."""


class Objects(Numbers):
    """It keeps an object of its own class in the state."""

    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        super().step(closure)
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["object"] = History()


class Functions(Numbers):
    """It cannot even be saved: there is a lambda in the groups."""

    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        super().step(closure)
        self.param_groups[0]["schedule"] = lambda step: 1 / step
