"""Decoders with the shapes of LLaMA, from 60 million to 65 billion parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.models._decoder import Decoder

if TYPE_CHECKING:
    from collections.abc import Iterator

    Named = tuple[str, tuple[int, ...]]

TITLE = "decoders of the LLaMA family"
#: Name, width, hidden units, layers, width of keys and values: 2403.03507, table 5; 2401.02385, table 1;
#: 2302.13971, table 2, with the hidden units of the released weights.
_SIZES = (
    ("LLaMA 60M", 512, 1376, 8, 512),
    ("LLaMA 130M", 768, 2048, 12, 768),
    ("LLaMA 350M", 1024, 2736, 24, 1024),
    ("TinyLlama 1.1B", 2048, 5632, 22, 256),
    ("LLaMA 1.3B", 2048, 5461, 24, 2048),
    ("LLaMA 7B", 4096, 11008, 32, 4096),
    ("LLaMA 13B", 5120, 13824, 40, 5120),
    ("LLaMA 33B", 6656, 17920, 60, 6656),
    ("LLaMA 65B", 8192, 22016, 80, 8192),
)


def members() -> Iterator[tuple[str, Iterator[Named]]]:
    """All of them have a vocabulary of 32,000."""
    for name, width, hidden, layers, keys in _SIZES:
        yield name, Decoder(vocabulary=32000, width=width, hidden=hidden, layers=layers, keys=keys).tensors()
