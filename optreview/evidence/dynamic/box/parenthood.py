"""Who ends with whom: children with their parents, and orphans with the template. Source: prctl(2)."""

from __future__ import annotations

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LINUX = sys.platform == "linux"


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies; where there is no such thing, do nothing."""
    if _LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def adopt_orphans() -> bool:
    """Become the parent of every orphaned descendant, so that none escapes by daemonising."""
    return _LINUX and ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
