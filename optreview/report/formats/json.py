"""The record itself: every fact, figure and judgement, following the shipped JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.records import encode

if TYPE_CHECKING:
    from optreview.records import Review
    from optreview.report.voices.folders import Voice


def render(review: Review, voice: Voice | None = None) -> str:  # noqa: ARG001 - a record has no voice
    """The record as indented JSON, ending in one newline."""
    return encode(review).decode()
