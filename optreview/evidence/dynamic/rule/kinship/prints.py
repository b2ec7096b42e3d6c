"""Figures by which a function is known again: what it makes of set inputs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.rule.kinship.properties._inputs import hard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from optreview.records import Meaning

    Block = Callable[..., Tensor]

#: How many, their digits, and how close those of the same function are.
_PRINTS, _DIGITS, _CLOSE = 6, 9, 1e-6
#: Apart from those on which properties are looked for.
_FIRST = 7


def prints(block: Block, shapes: tuple[tuple[int, ...], ...]) -> Iterator[float]:
    """Sums of what it makes of set inputs, with weights."""
    try:
        made = (
            block(*(hard(shape, _FIRST + index)[0] for index, shape in enumerate(shapes))).double().flatten()
        )
    except Exception:  # noqa: BLE001 - it may take no other input than the one it was recorded on
        return
    generator = torch.Generator().manual_seed(11)
    for _ in range(_PRINTS):
        weights = torch.randn(made.shape, generator=generator, dtype=torch.float64)
        figure = float((made * weights).sum())
        if not math.isfinite(figure):
            return
        yield float(f"{figure:.{_DIGITS}g}")


def same(one: Meaning, other: Meaning) -> bool:
    """Whether both functions make the same of the set inputs."""
    if not one.prints or len(one.prints) != len(other.prints):
        return False
    largest = max(map(abs, one.prints)) or 1.0
    return all(abs(a - b) <= _CLOSE * largest for a, b in zip(one.prints, other.prints, strict=True))
