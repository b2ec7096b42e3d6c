"""LLaMA 7B (2302.13971, table 2): 32 layers of width 4096, without biases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.models._decoder import Decoder

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "LLaMA 7B"
DTYPE = "bfloat16"


def tensors() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Heads share nothing: keys and values are as wide as the model."""
    return Decoder(vocabulary=32000, width=4096, hidden=11008, layers=32, keys=4096).tensors()
