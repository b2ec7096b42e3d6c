"""What the terminal shows, without its colours."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console

from optreview.report.compare import terminal

if TYPE_CHECKING:
    from optreview.records import Comparison

#: Columns of a file that people read.
_WIDTH = 110


def render(comparison: Comparison) -> str:
    """The text, its tables in columns, ending in one newline."""
    stream = io.StringIO()
    console = Console(
        file=stream, width=_WIDTH, color_system=None, markup=False, highlight=False, emoji=False
    )
    terminal.show(comparison, console)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())
