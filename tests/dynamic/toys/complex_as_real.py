"""Complex parameters as pairs of numbers, as complex numbers, and got wrong."""

from __future__ import annotations

from typing import Any

import torch


class AsPairs(torch.optim.Adam):
    expected = "pass"


class _Descends(torch.optim.Optimizer):
    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(self.update(p.grad), alpha=group["lr"])

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


class Squares(_Descends):
    """The square of a complex number is no magnitude: every step is plus or minus one."""

    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad / (grad * grad).sqrt()


class Magnitudes(_Descends):
    """A decoy: not what view_as_real gives, but right for complex numbers."""

    expected = "pass"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad / grad.abs()


class Parts(_Descends):
    """A decoy: each part by its norm, as if it were a tensor of its own."""

    expected = "pass"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        if not grad.is_complex():
            return grad.div(grad.norm())
        return torch.complex(grad.real / grad.real.norm(), grad.imag / grad.imag.norm())


class RealOnly(_Descends):
    """The imaginary part stays where it was."""

    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad.real.sign() + 0 * grad


class Clamps(_Descends):
    """An operation that complex numbers do not have."""

    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad.clamp(-1, 1)


class Overflows(_Descends):
    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad / 0 if grad.is_complex() else grad


class Refuses(_Descends):
    expected = "differs-by-design"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        if grad.is_complex():
            raise ValueError("complex parameters are not supported")
        return grad


class Chaotic(torch.optim.LBFGS):
    """A decoy: it treats complex numbers as pairs, and roundings lead it elsewhere."""

    expected = "errored"
