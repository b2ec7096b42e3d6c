"""A perceptron for 28 by 28 images: 784, 256, 256 and 10 units."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "Perceptron for 28 by 28 images"
DTYPE = "float32"
_UNITS = (784, 256, 256, 10)


def tensors() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Weights are stored as output by input, as ``torch.nn.Linear`` has them."""
    for layer, (inputs, outputs) in enumerate(pairwise(_UNITS)):
        yield f"layers.{layer}.weight", (outputs, inputs)
        yield f"layers.{layer}.bias", (outputs,)
