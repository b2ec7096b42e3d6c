"""Rates that are checked, and rates that are not."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Descends


class Checked(torch.optim.SGD):
    expected = "pass"


class Unchecked(Descends):
    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(grad, alpha=group["lr"])


class WithoutRate(torch.optim.SGD):
    expected = "not-applicable"

    def __init__(self, params: Any, momentum: float = 0.9) -> None:
        super().__init__(params, lr=0.1, momentum=momentum)
