"""Complex parameters as pairs of numbers, as complex numbers, and got wrong."""

from __future__ import annotations

import torch

from tests.dynamic.toys._descent import Descends


class AsPairs(torch.optim.Adam):
    expected = "pass"


class Squares(Descends):
    """The square of a complex number is no magnitude: every step is plus or minus one."""

    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad / (grad * grad).sqrt()


class Magnitudes(Descends):
    """A decoy: not what view_as_real gives, but right for complex numbers."""

    expected = "pass"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad / grad.abs()


class Parts(Descends):
    """A decoy: each part by its norm, as if it were a tensor of its own."""

    expected = "pass"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        if not grad.is_complex():
            return grad.div(grad.norm())
        return torch.complex(grad.real / grad.real.norm(), grad.imag / grad.imag.norm())


class RealOnly(Descends):
    """The imaginary part stays where it was."""

    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad.real.sign() + 0 * grad


class Clamps(Descends):
    """An operation that complex numbers do not have."""

    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad.clamp(-1, 1)


class Overflows(Descends):
    expected = "fail"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad / 0 if grad.is_complex() else grad


class Refuses(Descends):
    expected = "differs-by-design"

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        if grad.is_complex():
            raise ValueError("complex parameters are not supported")
        return grad


class Chaotic(torch.optim.LBFGS):
    """A decoy: it treats complex numbers as pairs, and roundings lead it elsewhere."""

    expected = "errored"
