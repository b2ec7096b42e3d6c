"""Open files: which the box inherits, and how many it may have."""

from __future__ import annotations

import os
from pathlib import Path

#: Open files at once.
MOST = 256


def close_all(keep: int | None) -> None:
    """Close everything inherited except the standard streams and one other."""
    folder = Path("/dev/fd")
    names = [int(entry.name) for entry in folder.iterdir()] if folder.exists() else range(3, MOST)
    for descriptor in names:
        if descriptor > 2 and descriptor != keep:
            try:
                os.close(descriptor)
            except OSError:  # the folder's own descriptor, gone already
                continue
