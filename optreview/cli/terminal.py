"""Where a command's own output goes: rich consoles that behave in a pipe."""

from __future__ import annotations

import sys

from rich.console import Console

#: Nothing is wrapped for a reader that is a program.
_PIPE_WIDTH = 10_000


def console(*, stderr: bool = False, quiet: bool = False) -> Console:
    """A console on stdout or stderr. Colour follows ``NO_COLOR``, and markup in texts is never read."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(stderr=stderr, quiet=quiet, width=width, markup=False, highlight=False, emoji=False)
