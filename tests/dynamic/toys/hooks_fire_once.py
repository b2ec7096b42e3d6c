"""Step hooks that are called, skipped, and called twice."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Descends


class Called(torch.optim.SGD):
    expected = "pass"


class Overridden(Descends):
    """A step of its own: torch wraps it all the same."""

    expected = "pass"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(grad, alpha=group["lr"])


class Twice(Overridden):
    """It calls the hooks itself as well."""

    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for hook in self._optimizer_step_pre_hooks.values():
            hook(self, (), {})
        self._update()

    @torch.no_grad()
    def _update(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(p.grad, alpha=group["lr"])


class Wrapper(torch.optim.Optimizer):
    """It wraps another optimizer and never calls the constructor of its own base class."""

    expected = "fail"

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer

    @property
    def param_groups(self) -> Any:  # type: ignore[override]
        return self.optimizer.param_groups

    @property
    def state(self) -> Any:  # type: ignore[override]
        return self.optimizer.state

    def zero_grad(self, set_to_none: bool = True) -> None:
        self.optimizer.zero_grad(set_to_none)

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.optimizer.step()
