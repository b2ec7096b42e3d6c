"""Everything that the linter knows, following the shipped JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.records import encode

if TYPE_CHECKING:
    from optreview.records import Lint


def render(lint: Lint) -> str:
    """The run as indented JSON, ending in one newline; what is kept is in it, with the reason."""
    return encode(lint).decode()
