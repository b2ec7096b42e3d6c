"""Where a command's own output goes: rich consoles that behave in a pipe."""

from __future__ import annotations

import sys

from rich.console import Console

#: Nothing is wrapped for a reader that is a program.
_PIPE_WIDTH = 10_000


class _Pipeable(Console):
    """Leaves a reader that went away to the boundary; rich would end with the exit code of findings."""

    def on_broken_pipe(self) -> None:
        """Raise the error again that rich has just caught."""
        raise BrokenPipeError


def console(*, stderr: bool = False, quiet: bool = False) -> Console:
    """A console on stdout or stderr. Colour follows ``NO_COLOR``, and markup in texts is never read."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _PIPE_WIDTH
    return _Pipeable(stderr=stderr, quiet=quiet, width=width, markup=False, highlight=False, emoji=False)
