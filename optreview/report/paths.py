"""Paths in the linter's outputs."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optreview.records import Lint


def from_root(lint: Lint, file: str) -> str:
    """A file's path from the root of the repository, which is where other services count from."""
    return posixpath.normpath(posixpath.join(lint.prefix, file))
