"""Divisions that zero gradients survive, and divisions that they do not."""

from __future__ import annotations

from typing import Any

import torch


class WithEps(torch.optim.Adam):
    expected = "pass"


class Normalised(torch.optim.SGD):
    """The gradient over its norm."""

    expected = "fail"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad.div_(p.grad.norm())
        super().step(closure)


class AtTheStartOnly(torch.optim.Adagrad):
    """Without eps the sum of squares is zero until the first gradient came."""

    expected = "fail"

    def __init__(self, params: Any) -> None:
        super().__init__(params, eps=0.0)
