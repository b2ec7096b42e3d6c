"""A limit on the memory of this process that is lower than the box's, for as long as a rehearsal takes."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes of address space that a rehearsal may take on top of what there is.
_FURTHER = 512 << 20
_HELD = Path("/proc/self/statm")


@contextmanager
def modestly() -> Iterator[None]:
    """Where the system does not tell how much there is, there is no such limit."""
    try:
        held = int(_HELD.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        yield
        return
    before, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = held + _FURTHER
    if before != resource.RLIM_INFINITY and wanted > before:
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, most))
