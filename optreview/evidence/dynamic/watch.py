"""How much a boxed child takes together with everything that it has started, seen from outside."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from optreview.evidence.dynamic.wire import Excess, Limits

#: Seconds between two looks at the memory: a thousand times what a look takes.
_PATIENCE = 1.0
#: The part of the machine's memory beyond which everything on it would suffer, whatever the limits are.
_SHARE = 0.75


class Watch:
    """A child of this process, from now on.

    Limits on a process do not limit many processes: an honest job has three, the one that imported the class
    and two measurements, so that three times the limit on one is what all may take, as far as the machine
    has so much.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._before = _count()
        self._inherited = _private(psutil.Process())
        self._look_at = time.monotonic() + _PATIENCE
        self._most = min(limits.total_bytes, int(_SHARE * psutil.virtual_memory().total))

    def excess(self) -> Excess | None:
        """What there is too much of, if anything."""
        most = self._limits.processes
        if _count() - self._before > most and len(_descendants()) > most:
            return "processes"
        now = time.monotonic()
        if now < self._look_at:
            return None
        self._look_at = now + _PATIENCE
        taken = sum(max(0, _private(each) - self._inherited) for each in _descendants())
        return "memory" if taken > self._most else None


def _descendants() -> list[psutil.Process]:
    return list(psutil.Process().children(recursive=True))


def _private(process: psutil.Process) -> int:
    """Memory of no file, part of which a fork shares with this process."""
    try:
        told = process.memory_info()
    except psutil.Error:
        return 0
    return int(told.rss - getattr(told, "shared", 0))


def _count() -> int:
    """How many processes the system has: a cheap upper bound on how many are the child's."""
    folder = Path("/proc")
    return sum(entry.name.isdigit() for entry in folder.iterdir()) if folder.exists() else len(psutil.pids())
