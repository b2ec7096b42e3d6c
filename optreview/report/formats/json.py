"""The record itself: every fact, figure and judgement, following the shipped JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.records import encode

if TYPE_CHECKING:
    from optreview.records import Review


def render(review: Review) -> str:
    """The record as indented JSON, ending in one newline."""
    return encode(review).decode()
