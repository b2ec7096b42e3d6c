"""Residual networks with bottlenecks: ResNet-50, 101 and 152 (1512.03385, table 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.models import resnet_50

if TYPE_CHECKING:
    from collections.abc import Iterator

    Named = tuple[str, tuple[int, ...]]

TITLE = "ResNets"
_BLOCKS = {"ResNet-50": (3, 4, 6, 3), "ResNet-101": (3, 4, 23, 3), "ResNet-152": (3, 8, 36, 3)}
_WIDTHS = (64, 128, 256, 512)


def members() -> Iterator[tuple[str, Iterator[Named]]]:
    """They differ in the number of blocks."""
    for name, blocks in _BLOCKS.items():
        yield name, resnet_50.tensors(tuple(zip(blocks, _WIDTHS, strict=True)))
