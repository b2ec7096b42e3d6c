"""To what a step's size is adapted."""

from __future__ import annotations

from typing import Any

import torch


class Elements(torch.optim.RAdam):
    """Its first steps are not adapted yet."""

    expected = "per-element"


class Layers(torch.optim.SGD):
    """The gradient of every tensor over its norm."""

    expected = "per-tensor"

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad.div_(p.grad.norm())
        super().step(closure)


class Whole(torch.optim.SGD):
    """All gradients over the norm of all."""

    expected = "globally"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        held = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        norm = torch.stack([p.grad.norm() for p in held]).norm()
        for p in held:
            p.grad.div_(norm)
        super().step(closure)


class Orthogonal(torch.optim.Muon):
    """Elements that became small move on, but not the way they did: it is the matrix that is normalised."""

    expected = "per-tensor"


class Roots(torch.optim.SGD):
    """The square root of every element."""

    expected = "partly"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad.copy_(p.grad.sign() * p.grad.abs().sqrt())
        super().step(closure)


class Nothing(torch.optim.SGD):
    expected = "none"
