"""Denominators that float16 keeps above zero, and those that it does not."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Loops


class NoDenominator(torch.optim.SGD):
    expected = "pass"


class LargerEps(torch.optim.Adam):
    """An eps that float16 can hold."""

    expected = "pass"

    def __init__(self, params: Any) -> None:
        super().__init__(params, eps=1e-4)


class AsUsual(torch.optim.AdamW):
    """That AdamW fails too is what the probe's words rest on."""

    expected = "fail"


class OtherDenominator(Loops):
    """Its eps stands elsewhere, so that a larger one does not help."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 1e-3, eps: float = 1e-8) -> None:
        super().__init__(params, {"lr": lr, "eps": eps})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(group["lr"] * grad / grad.abs().clamp(min=1e-12) / (1 + group["eps"]))


class WholeColumns(Loops):
    """Its denominator is of a column, and vanishes where all of that is zero."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 1e-3) -> None:
        super().__init__(params, {"lr": lr})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(group["lr"] * grad / (grad.norm(dim=0, keepdim=True) + 1e-12))


class Float32State(Loops):
    """It divides in float32."""

    expected = "pass"

    def __init__(self, params: Any, lr: float = 1e-3) -> None:
        super().__init__(params, {"lr": lr})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        g = grad.float()
        p.sub_((group["lr"] * g / (g.square().sqrt() + 1e-8)).to(p.dtype))


class WithoutEps(Loops):
    """Zero over zero in any dtype."""

    expected = "not-applicable"

    def __init__(self, params: Any, lr: float = 1e-3) -> None:
        super().__init__(params, {"lr": lr})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(group["lr"] * grad / grad.abs())
