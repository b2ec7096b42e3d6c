"""Paths in outputs that other services read."""

from __future__ import annotations

import posixpath


def from_root(prefix: str, file: str) -> str:
    """A file's path from the root of the repository, which is where other services count from.

    Args:
        prefix: The folder that the path counts from, itself from the root.
        file: The path.
    """
    return posixpath.normpath(posixpath.join(prefix, file))
