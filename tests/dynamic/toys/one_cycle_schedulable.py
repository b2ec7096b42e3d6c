"""Momentum that follows OneCycleLR, and momentum that does not."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Loops


class Momentum(torch.optim.SGD):
    expected = "pass"


class Betas(torch.optim.Adam):
    expected = "pass"


class Fixed(torch.optim.Adam):
    """The betas of the constructor are used, whatever the groups say."""

    expected = "fail"

    def __init__(self, params: Any, betas: Any = (0.9, 0.999)) -> None:
        super().__init__(params, betas=betas)
        self.betas = betas

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        shown = [group["betas"] for group in self.param_groups]
        for group in self.param_groups:
            group["betas"] = self.betas
        super().step(closure)
        for group, betas in zip(self.param_groups, shown, strict=True):
            group["betas"] = betas


class Restores(torch.optim.SGD):
    """Every step puts the first momentum back."""

    expected = "fail"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        super().step(closure)
        for group in self.param_groups:
            group["momentum"] = self.defaults["momentum"]


class ThreeBetas(Loops):
    """PyTorch's scheduler once took two betas only."""

    expected = "pass"

    def __init__(self, params: Any, lr: float = 0.1, betas: Any = (0.9, 0.99, 0.999)) -> None:
        super().__init__(params, {"lr": lr, "betas": betas})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(grad, alpha=group["lr"] * group["betas"][0])


class Inactive(Loops):
    """A momentum that cannot be seen in the weights, set by the constructor or later."""

    expected = "errored"

    def __init__(self, params: Any, lr: float = 0.1, momentum: float = 0.9) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        p.sub_(grad.sign(), alpha=group["lr"])


class NothingToCycle(torch.optim.Adagrad):
    expected = "not-applicable"
