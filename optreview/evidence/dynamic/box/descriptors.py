"""Open files: which the box inherits, and how many it may have."""

from __future__ import annotations

import os
import resource
from pathlib import Path

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


def limit() -> None:
    """Allow so many open files and no more."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST if hard == resource.RLIM_INFINITY else min(MOST, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
