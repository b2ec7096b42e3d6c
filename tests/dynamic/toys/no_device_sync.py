"""Steps that read values into Python, and steps that only look at shapes."""

from __future__ import annotations

from typing import Any

import torch


class Shapes(torch.optim.SGD):
    """It asks for sizes and strides, which are known without the device."""

    expected = "pass"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        assert all(
            p.numel() == p.grad.numel() for g in self.param_groups for p in g["params"] if p.grad is not None
        )
        super().step(closure)


class Norm(torch.optim.SGD):
    """It branches on the norm of the gradient."""

    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None and p.grad.norm() > 1:
                    p.grad.mul_(0.5)
        super().step(closure)


class Breaks(torch.optim.SGD):
    """It raises for tensors without values, before it reads one."""

    expected = "errored"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        if any(p.is_meta for group in self.param_groups for p in group["params"]):
            raise RuntimeError("no meta tensors")
        super().step(closure)
