"""What a path holds, where that is source at all."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes. Larger files are not even looked at; the parser's own limit, which names the size, is far below.
_READ = 100_000_000


def contents(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        OSError: It cannot be read, it is no file but a pipe, which nothing may ever write to, or it is huge.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "It is not a regular file")
    if path.stat().st_size > _READ:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return path.read_bytes()
