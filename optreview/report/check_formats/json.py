"""Everything that the check found, following the shipped JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.records import encode

if TYPE_CHECKING:
    from optreview.records import Check


def render(check: Check) -> str:
    """The check as indented JSON, ending in one newline."""
    return encode(check).decode()
