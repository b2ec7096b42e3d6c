"""Compiled templates kept between runs: compiling them takes longer than filling them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from jinja2.bccache import Bucket


class _Cache(jinja2.FileSystemBytecodeCache):
    """A cache that is only ever a shortcut: what cannot be read or written is compiled again."""

    def load_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


def cache() -> jinja2.BytecodeCache | None:
    """The user's own cache folder, or None where there is none that only the user can write to."""
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(base) / "optreview" / "sandboxed"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.stat()
    except (OSError, RuntimeError):
        return None
    # Compiled code is run: a folder that others can write to is not trusted.
    if facts.st_mode & 0o022 or (hasattr(os, "getuid") and facts.st_uid != os.getuid()):
        return None
    return _Cache(str(folder))
