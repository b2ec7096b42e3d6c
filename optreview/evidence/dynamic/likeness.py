"""Are two lists of tensors the same: bit for bit, or as close as PyTorch asks of one dtype?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Relative and absolute tolerance of ``torch.testing.assert_close`` by dtype
#: (https://docs.pytorch.org/docs/stable/testing.html).
TOLERANCES = {
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float32: (1.3e-6, 1e-5),
    torch.float64: (1e-7, 1e-7),
    torch.complex64: (1.3e-6, 1e-5),
}


def bitwise(one: Sequence[torch.Tensor], other: Sequence[torch.Tensor]) -> bool:
    """Whether every element is the same; NaN is the same as NaN."""
    pairs = zip(one, other, strict=True)
    return all(torch.equal(a, b) or _equal_with_nan(a, b) for a, b in pairs)


def close(one: Sequence[torch.Tensor], other: Sequence[torch.Tensor]) -> bool:
    """Whether every element is as close as ``torch.testing.assert_close`` asks of its dtype."""
    return all(_close(a, b) for a, b in zip(one, other, strict=True))


def farthest(one: Sequence[torch.Tensor], other: Sequence[torch.Tensor]) -> float:
    """The largest absolute difference of two elements; infinite where only one of them is finite."""
    return max((_farthest(a, b) for a, b in zip(one, other, strict=True)), default=0.0)


def finite(tensors: Sequence[torch.Tensor]) -> bool:
    """Whether no element is infinite or NaN."""
    return all(bool(torch.isfinite(each).all()) for each in tensors)


def _equal_with_nan(one: torch.Tensor, other: torch.Tensor) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    return bool(((one == other) | (one.isnan() & other.isnan())).all())


def _close(one: torch.Tensor, other: torch.Tensor) -> bool:
    relative, absolute = TOLERANCES[one.dtype]
    return torch.allclose(one, other.to(one.dtype), rtol=relative, atol=absolute, equal_nan=True)


def _farthest(one: torch.Tensor, other: torch.Tensor) -> float:
    if not one.numel():
        return 0.0
    far = float((one.double() - other.double()).abs().nan_to_num(nan=float("inf")).max())
    return 0.0 if _equal_with_nan(one, other) else far
