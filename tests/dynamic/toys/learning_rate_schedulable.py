"""Rates that follow a scheduler, and rates that do not."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Loops


class Follows(torch.optim.SGD):
    expected = "pass"


class Restores(torch.optim.SGD):
    """Every step puts the first rate back."""

    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            group["lr"] = self.defaults["lr"]
        super().step(closure)


class WithoutRate(Loops):
    expected = "fail"

    def __init__(self, params: Any) -> None:
        super().__init__(params, {})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.add_(grad, alpha=-0.1)
