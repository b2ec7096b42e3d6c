"""Fused kernels that agree with the loop, one that does not, and none."""

from __future__ import annotations

from typing import Any

import torch


class Agrees(torch.optim.Adam):
    expected = "pass"


class OtherEps(torch.optim.Adam):
    """Beside the kernel another eps is used."""

    expected = "fail"

    def __init__(self, params: Any, fused: Any = None) -> None:
        super().__init__(params, eps=1e-2 if fused else 1e-8, fused=fused)


class OnAnotherDevice(torch.optim.SGD):
    expected = "not-applicable"

    def __init__(self, params: Any, lr: float = 0.1, fused: Any = None) -> None:
        if fused:
            raise RuntimeError("fused=True needs parameters on CUDA")
        super().__init__(params, lr=lr)


class WithoutIt(torch.optim.SGD):
    expected = "not-applicable"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, lr=lr)
