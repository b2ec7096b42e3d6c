"""How the functions of the language are computed, in float64."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def _max(*arguments: Tensor, axis: int | None = None) -> Tensor:
    if axis is not None:
        return arguments[0].amax(axis, keepdim=True)
    return reduce(torch.maximum, arguments) if len(arguments) > 1 else arguments[0].amax()


def _min(*arguments: Tensor, axis: int | None = None) -> Tensor:
    if axis is not None:
        return arguments[0].amin(axis, keepdim=True)
    return reduce(torch.minimum, arguments) if len(arguments) > 1 else arguments[0].amin()


def _sum(x: Tensor, axis: int | None = None) -> Tensor:
    return x.sum() if axis is None else x.sum(axis, keepdim=True)


def _mean(x: Tensor, axis: int | None = None) -> Tensor:
    return x.mean() if axis is None else x.mean(axis, keepdim=True)


def _norm(x: Tensor, axis: int | None = None) -> Tensor:
    return (x * x).sum().sqrt() if axis is None else (x * x).sum(axis, keepdim=True).sqrt()


def _size(x: Tensor, axis: int | None = None) -> Tensor:
    return torch.tensor(x.numel() if axis is None else x.shape[axis], dtype=torch.float64)


def _dims(x: Tensor) -> Tensor:
    return torch.tensor(x.dim(), dtype=torch.float64)


def _outer(x: Tensor, y: Tensor) -> Tensor:
    return torch.outer(x.flatten(), y.flatten())


def _clamp(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    return torch.minimum(torch.maximum(x, low), high)


#: From the arguments, and the axis where one is given; named as in ``optreview.notation.functions``.
COMPUTE: dict[str, Callable[..., Tensor]] = {
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "sign": torch.sign,
    "exp": torch.exp,
    "log": torch.log,
    "sin": torch.sin,
    "cos": torch.cos,
    "tanh": torch.tanh,
    "atan": torch.atan,
    "atan2": torch.atan2,
    "floor": torch.floor,
    "mod": torch.remainder,
    "max": _max,
    "min": _min,
    "where": torch.where,
    "clamp": _clamp,
    "sum": _sum,
    "mean": _mean,
    "norm": _norm,
    "size": _size,
    "dims": _dims,
    "transpose": lambda x: x.transpose(-2, -1),
    "outer": _outer,
}
