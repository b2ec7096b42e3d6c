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
#: Of the longest way, what two runs that should be the same may be apart.
_SHARE = 1e-3
#: Why two ways are not compared, where roundings, or random numbers that come in another order, decide.
CHAOTIC = "Weights that differ by a rounding end elsewhere, so that the two ways cannot be compared."
CHANCY = "Random numbers in another order lead elsewhere, so that the two ways cannot be compared."


def bitwise(one: Sequence[torch.Tensor], other: Sequence[torch.Tensor]) -> bool:
    """Whether every element is the same; NaN is the same as NaN."""
    pairs = zip(one, other, strict=True)
    return all(torch.equal(a, b) or _equal_with_nan(a, b) for a, b in pairs)


def close(one: Sequence[torch.Tensor], other: Sequence[torch.Tensor]) -> bool:
    """Whether every element is as close as ``torch.testing.assert_close`` asks of its dtype."""
    return all(_close(a, b) for a, b in zip(one, other, strict=True))


def alike(
    one: Sequence[torch.Tensor],
    other: Sequence[torch.Tensor],
    start: Sequence[torch.Tensor],
    share: float = _SHARE,
) -> bool:
    """Whether two runs from the same start ended at the same place, beside how far they went.

    A rate may be tiny, so that an absolute tolerance would let everything pass: the difference may be a
    thousandth, or another ``share``, of the way, and a few roundings of the weights.
    """
    if not (finite(one) and finite(other)):
        return bitwise(one, other)
    way = max(farthest(one, start), farthest(other, start))
    rounding = max((_rounding(each) for each in start), default=0.0)
    return farthest(one, other) <= way * share + rounding


def gap(one: Sequence[torch.Tensor], other: Sequence[torch.Tensor], start: Sequence[torch.Tensor]) -> str:
    """In words, how far apart two runs from the same start ended, beside how far they went."""
    way = max(farthest(one, start), farthest(other, start))
    return f"ended up to {farthest(one, other):.1e} apart, on ways of {way:.1e}"


def farthest(one: Sequence[torch.Tensor], other: Sequence[torch.Tensor]) -> float:
    """The largest absolute difference of two elements; infinite where only one of them is finite."""
    return max((_farthest(a, b) for a, b in zip(one, other, strict=True)), default=0.0)


def finite(tensors: Sequence[torch.Tensor]) -> bool:
    """Whether no element is infinite or NaN."""
    return all(bool(torch.isfinite(each).all()) for each in tensors)


def _real(tensor: torch.Tensor) -> torch.Tensor:
    return torch.view_as_real(tensor.resolve_conj()).double() if tensor.is_complex() else tensor.double()


def _rounding(tensor: torch.Tensor) -> float:
    return 4 * torch.finfo(tensor.dtype).eps * float(tensor.abs().max()) if tensor.numel() else 0.0


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
    far = float((_real(one) - _real(other)).abs().nan_to_num(nan=float("inf")).max())
    return 0.0 if _equal_with_nan(one, other) else far
