"""Numbers that do something, numbers that hide, and numbers that do nothing."""

from __future__ import annotations

from typing import Any

import torch


class AllAct(torch.optim.AdamW):
    """An eps of 1e-8 acts beside small gradients only."""

    expected = "all-act"


class BehindSwitch(torch.optim.SGD):
    """Dampening acts beside momentum only, ``push`` beside a switch and momentum."""

    expected = "all-act"

    def __init__(
        self, params: Any, lr: float = 0.1, momentum: float = 0.0, push: float = 0.5, pushes: bool = False
    ) -> None:
        super().__init__(params, lr=lr, momentum=momentum, dampening=push if pushes else 0.0)


class Late(torch.optim.SGD):
    """A horizon beyond the steps that are taken."""

    expected = "all-act"

    def __init__(self, params: Any, lr: float = 0.1, start: int = 2000) -> None:
        super().__init__(params, lr=lr)
        self.start, self.taken = start, 0

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.taken += 1
        if self.taken > self.start:
            for group in self.param_groups:
                group["lr"] *= 0.9
        super().step(closure)


class AfterWarmUp(torch.optim.SGD):
    """``strength`` acts once a thousand steps are over, and beside an eps that guards nothing here."""

    expected = "all-act"

    def __init__(
        self, params: Any, lr: float = 0.1, warmup: int = 1000, strength: float = 0.5, eps: float = 1e-30
    ) -> None:
        super().__init__(params, lr=lr)
        self.warmup, self.strength, self.eps, self.taken = warmup, strength, eps, 0

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.taken += 1
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad /= p.grad.abs().sum() + self.eps
                    if self.taken > self.warmup:
                        p.grad *= self.strength
        super().step(closure)


class Idle(torch.optim.SGD):
    """The decay is taken, stored and never used."""

    expected = "some-idle"

    def __init__(self, params: Any, lr: float = 0.1, weight_decay: float = 0.0) -> None:
        super().__init__(params, lr=lr)
        self.weight_decay = weight_decay


class IdleBeta(torch.optim.Adam):
    """One of two numbers of a tuple."""

    expected = "some-idle"

    def __init__(self, params: Any, betas: Any = (0.9, 0.999)) -> None:
        super().__init__(params, betas=(betas[0], 0.999))


class NoNumbers(torch.optim.SGD):
    expected = "not-applicable"

    def __init__(self, params: Any) -> None:
        super().__init__(params, lr=0.1)
