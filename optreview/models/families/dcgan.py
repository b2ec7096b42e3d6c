"""Convolutional GANs built as DCGAN is, by the width of the last hidden layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.models import dcgan

if TYPE_CHECKING:
    from collections.abc import Iterator

    Named = tuple[str, tuple[int, ...]]

TITLE = "DCGANs by their width"
_WIDTHS = (64, 128, 256, 512, 1024)


def members() -> Iterator[tuple[str, Iterator[Named]]]:
    """The paper's generator has a width of 128, its code 64; the others are this project's choice."""
    for width in _WIDTHS:
        yield f"DCGAN of width {width}", dcgan.tensors(width)
