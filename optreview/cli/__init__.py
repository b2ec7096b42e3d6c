"""The command line: parse, call, print, exit code. No logic lives here.

One command a file. ``group`` loads a command when it is asked for, ``boundary`` turns whatever goes wrong
into one sentence and an exit code, ``configuration`` reads the defaults of a project.
"""

from __future__ import annotations

from optreview.cli.group import main

__all__ = ["main"]
