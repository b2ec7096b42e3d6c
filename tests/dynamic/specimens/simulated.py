"""Optimizers whose memory hangs on something that tensors without values have to be told."""

from __future__ import annotations

import copy
from typing import Any

import torch


class _Descent(torch.optim.Optimizer):
    """Gradient descent; ``keep`` returns what a tensor's state is to hold."""

    def __init__(self, params: Any, lr: float = 1e-3) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                self.state[parameter]["kept"] = self.keep(parameter, self.state[parameter].get("kept"))
                assert parameter.grad is not None
                parameter.add_(parameter.grad, alpha=-group["lr"])

    def keep(self, parameter: torch.Tensor, kept: torch.Tensor | None) -> torch.Tensor:
        raise NotImplementedError


class Copies(_Descent):
    """Works in a deep copy of the parameter's data."""

    def keep(self, parameter: torch.Tensor, kept: torch.Tensor | None) -> torch.Tensor:
        average = copy.deepcopy(parameter.data) if kept is None else kept
        gradient = parameter.grad
        assert gradient is not None
        average.mul_(0.9)
        average.add_(gradient, alpha=0.1)
        return average


class FallsBack(_Descent):
    """Takes another way where an operation does not know the dtype."""

    def keep(self, parameter: torch.Tensor, kept: torch.Tensor | None) -> torch.Tensor:
        gradient = parameter.grad
        assert gradient is not None
        matrix = gradient.reshape(gradient.shape[0], -1)
        try:
            values: torch.Tensor = torch.linalg.svdvals(matrix)
        except RuntimeError:
            values = torch.linalg.svdvals(matrix.double()).to(matrix.dtype)
        return values


class Counts(_Descent):
    """Keeps one number for every element of the parameter above zero: no shape tells how many."""

    def keep(self, parameter: torch.Tensor, kept: torch.Tensor | None) -> torch.Tensor:
        return parameter[parameter > 0]
