"""The functions that every update rule may use, in float64."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


@dataclass(frozen=True)
class Function:
    """How a function is computed and called.

    Attributes:
        compute: From the arguments, and the axis where one is given.
        fewest: Arguments it needs, and ``most``: takes at most; None for any number.
        reduces: Without an axis it takes all elements together, with one those along it.
        condition: Its first argument stays true or false.
    """

    compute: Callable[..., Tensor]
    fewest: int = 1
    most: int | None = 1
    reduces: bool = False
    condition: bool = False


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


#: ``max`` and ``min`` compare their arguments element by element; a single one they reduce.
EXTREMES = frozenset({"max", "min"})
FUNCTIONS: dict[str, Function] = {
    "sqrt": Function(torch.sqrt),
    "abs": Function(torch.abs),
    "sign": Function(torch.sign),
    "exp": Function(torch.exp),
    "log": Function(torch.log),
    "sin": Function(torch.sin),
    "cos": Function(torch.cos),
    "tanh": Function(torch.tanh),
    "atan": Function(torch.atan),
    "floor": Function(torch.floor),
    "mod": Function(torch.remainder, 2, 2),
    "max": Function(_max, 1, None),
    "min": Function(_min, 1, None),
    "where": Function(torch.where, 3, 3, condition=True),
    "clamp": Function(_clamp, 3, 3),
    "sum": Function(_sum, reduces=True),
    "mean": Function(_mean, reduces=True),
    "norm": Function(_norm, reduces=True),
    "size": Function(_size, reduces=True),
    "dims": Function(_dims),
    "transpose": Function(lambda x: x.transpose(-2, -1)),
    "outer": Function(_outer, 2, 2),
}


def misuse(name: str, count: int, axis: int | None) -> str | None:
    """What is wrong with a call of a function of the language; None where nothing is."""
    function = FUNCTIONS[name]
    if axis is not None:
        if not (function.reduces or name in EXTREMES):
            return f"{name} takes no axis."
        return None if count == 1 else f"{name} along an axis takes one argument, not {count}."
    if count < function.fewest:
        return f"{name} needs {function.fewest} argument{'s' * (function.fewest > 1)}, not {count}."
    if function.most is not None and count > function.most:
        return f"{name} takes {function.most} argument{'s' * (function.most > 1)}, not {count}."
    return None
