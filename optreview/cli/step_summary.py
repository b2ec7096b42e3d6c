"""The summary of a step on GitHub: a file that Markdown is appended to."""

from __future__ import annotations

import os
from pathlib import Path

from optreview.errors import InputError

_VARIABLE = "GITHUB_STEP_SUMMARY"


def wanted() -> bool:
    """Whether this runs in a step that has one."""
    return bool(os.environ.get(_VARIABLE))


def append(markdown: str) -> None:
    """Add to the summary.

    Raises:
        InputError: The disk refuses.
    """
    path = Path(os.environ[_VARIABLE])
    try:
        with path.open("a", encoding="utf-8") as summary:
            summary.write(markdown)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}.") from error
