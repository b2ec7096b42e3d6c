"""Gradients that are cleared in every way, in one way, and not."""

from __future__ import annotations

import torch


class Inherits(torch.optim.SGD):
    expected = "pass"


class ZeroesByDefault(torch.optim.SGD):
    """As torch did before 2.0: zeros unless told otherwise."""

    expected = "pass"

    def zero_grad(self, set_to_none: bool = False) -> None:
        super().zero_grad(set_to_none)


class WithoutChoice(torch.optim.SGD):
    expected = "fail"

    def zero_grad(self) -> None:  # type: ignore[override]
        super().zero_grad()


class Deaf(torch.optim.SGD):
    """It takes the argument and does not look at it."""

    expected = "fail"

    def zero_grad(self, set_to_none: bool = True) -> None:
        super().zero_grad(set_to_none=False)


class Forgets(torch.optim.SGD):
    """Matrices only."""

    expected = "fail"

    def zero_grad(self, set_to_none: bool = True) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim == 2:
                    p.grad = None
