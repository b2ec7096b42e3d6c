"""Shapes that code brings tensors to, where formulas have the same numbers in another shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch

#: A shape, or its name, or None for that which a value has by itself.
Laid = tuple[int, ...] | str | None
_VIEWS: dict[object, tuple[int, ...]] = {"flat": (-1,), "row": (1, -1), "column": (-1, 1)}


@dataclass(frozen=True)
class Given:
    """How a function of torch's has an operand, where the value of a formula may be otherwise.

    Attributes:
        laid: The shape that a view has brought it to, ``p`` for the parameter's; None where there was none.
        dimensions: A sum along an axis keeps that in a formula.
        whole: It counts elements.
    """

    laid: Laid
    dimensions: int
    whole: bool

    def brought(self, value: torch.Tensor, parameter: tuple[int, ...]) -> torch.Tensor:
        """A value as the function has to have it, where the parameter has this shape."""
        shape = self.laid if isinstance(self.laid, tuple) else {**_VIEWS, "p": parameter}.get(self.laid)
        if shape is None and self.dimensions == 1 and value.numel() == max(value.shape, default=1):
            shape = (-1,)
        value = value if shape is None else value.reshape(shape)
        return value.long() if self.whole else value


def laid_back(
    result: torch.Tensor, inputs: Iterable[torch.Tensor], brought: Iterable[torch.Tensor]
) -> torch.Tensor:
    """What has the shape that an operand was brought to has that of the operand itself."""
    for value, laid in zip(inputs, brought, strict=True):
        if value.shape != result.shape == laid.shape:
            return result.reshape(value.shape)
    return result


def beside(parameter: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """A value in float64 as formulas have it: flat ones like the parameter, columns of a vector like it."""
    value = value.double()
    if parameter.dim() == 1 and value.dim() > 1 and value.numel() == max(value.shape):
        return value.reshape(-1) if value.numel() > 1 else value.reshape(())
    if parameter.dim() > 1 and value.shape == (parameter.numel(),):
        return value.reshape(parameter.shape)
    return value
