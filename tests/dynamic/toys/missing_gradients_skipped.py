"""Parameters without a gradient that are left alone, moved, and tripped over."""

from __future__ import annotations

from typing import Any

import torch


class Skips(torch.optim.Adam):
    expected = "pass"


class OneVector(torch.optim.LBFGS):
    """A missing gradient is a zero in the vector of all, and the direction comes from the history of all."""

    expected = "differs-by-design"


class Crashes(torch.optim.SGD):
    expected = "fail"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                p.sub_(p.grad, alpha=group["lr"])


class Decays(torch.optim.SGD):
    """Weight decay goes on without a gradient."""

    expected = "fail"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(0.99)
                if p.grad is not None:
                    p.sub_(p.grad, alpha=group["lr"])


class Coasts(torch.optim.SGD):
    """Momentum goes on where there was a gradient before."""

    expected = "fail"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.state[p]["momentum"] = p.grad.clone()
                if "momentum" in self.state[p]:
                    p.sub_(self.state[p]["momentum"], alpha=group["lr"])
