"""The dtypes that optimizers are run in. Imports no torch."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from optreview.records import ITEM_SIZE, ModelTensor, TensorShape

if TYPE_CHECKING:
    from collections.abc import Iterable

#: bfloat16 weights beside float32 norms, as many models are trained.
MIXED = "mixed"
#: Measured on the large workload in every configuration, and on a small one for memory alone.
USUAL, FURTHER = ("float32", "bfloat16"), ("float16", "float64", MIXED)
_NORM = "norm."


def of(name: str, dtype: str) -> str:
    """The dtype of the tensor with this name in a model of this dtype."""
    if dtype != MIXED:
        return dtype
    return "float32" if name.startswith(_NORM) else "bfloat16"


def tensors(shapes: Iterable[TensorShape], dtype: str) -> tuple[ModelTensor, ...]:
    """The tensors of a model of this dtype."""
    return tuple(ModelTensor(name=s.name, shape=s.shape, dtype=of(s.name, dtype)) for s in shapes)  # type: ignore[arg-type]


def size(tensors: Iterable[ModelTensor]) -> int:
    """Bytes of all tensors together."""
    return sum(prod(each.shape) * ITEM_SIZE[each.dtype] for each in tensors)
