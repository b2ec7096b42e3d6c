"""Momentum that a checkpoint saves, and momentum that it loses."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Descends


class Saved(torch.optim.SGD):
    """SGD with momentum: its buffers are in the state."""

    expected = "pass"

    def __init__(self, params: Any) -> None:
        super().__init__(params, lr=0.1, momentum=0.9)


class Stateless(torch.optim.SGD):
    """Nothing to save."""

    expected = "pass"

    def __init__(self, params: Any) -> None:
        super().__init__(params, lr=0.1)


class Lost(torch.optim.SGD):
    """The count of steps, by which the rate falls, is an attribute: a new instance starts from one."""

    expected = "fail"

    def __init__(self, params: Any) -> None:
        super().__init__(params, lr=0.1)
        self.taken = 0

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.taken += 1
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad, alpha=-group["lr"] / self.taken)


class Refuses(Saved):
    """It cannot load what it has saved."""

    expected = "fail"

    def load_state_dict(self, state_dict: Any) -> None:
        raise KeyError("version")


class Rests(Descends):
    """It was once seen to move, and the gradients of the trials move it no more: at rest, nothing shows."""

    expected = "errored"
    built = 0

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        type(self).built += 1
        self.moves = self.built == 1

    def update(self, grad: torch.Tensor) -> torch.Tensor:
        return grad if self.moves else torch.zeros_like(grad)
