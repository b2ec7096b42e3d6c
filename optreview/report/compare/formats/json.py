"""Every pair of answers and how they stand to each other, following the shipped JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.records import encode

if TYPE_CHECKING:
    from optreview.records import Comparison


def render(comparison: Comparison) -> str:
    """The comparison as indented JSON, ending in one newline."""
    return encode(comparison).decode()
