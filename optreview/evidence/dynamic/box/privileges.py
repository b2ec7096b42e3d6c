"""Giving up root: reviewed code runs as nobody, and keeps the right to read files but none to write them.

Without this a limit on the number of processes means nothing to root (``RLIMIT_NPROC``, setrlimit(2)). Who is
not root gives up what a user namespace of one's own has brought.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from pathlib import Path

from optreview.evidence.dynamic.box.bounds import bound

_NOBODY = 65534
_PR_SET_DUMPABLE, _PR_SET_KEEPCAPS, _PR_SET_NO_NEW_PRIVS = 4, 8, 38
_CAPABILITY_VERSION = 0x20080522
_CAP_DAC_READ_SEARCH = 2


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def drop(folder: Path) -> None:
    """Become nobody, with ``folder`` as its own; anyone but root stays who he is, without capabilities.

    Raises:
        OSError: The system refuses, as it does in some containers.
    """
    if os.geteuid() != 0:
        if sys.platform == "linux":
            _keep_capabilities(0)
        return
    if sys.platform != "linux":
        raise OSError(0, "only on Linux")
    libc = ctypes.CDLL(None, use_errno=True)
    os.chown(folder, _NOBODY, _NOBODY)
    libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    _keep_capabilities(1 << _CAP_DAC_READ_SEARCH)
    libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)


def _keep_capabilities(kept: int) -> None:
    sets = (_Sets * 2)(_Sets(kept, kept, 0), _Sets(0, 0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(ctypes.byref(_Header(_CAPABILITY_VERSION, 0)), sets) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def refuse_new() -> None:
    """No program that is started from here gains privileges (no_new_privs, prctl(2)).

    Raises:
        OSError: There is no such thing here.
    """
    if sys.platform != "linux":
        raise OSError(0, "only on Linux")
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def limit_processes(most: int) -> None:
    """Allow this user so many tasks.

    Raises:
        OSError: There is no list of processes, or this is root, whom the limit does not bind.
    """
    if sys.platform != "linux":
        raise OSError(0, "only on Linux")
    if os.geteuid() == 0:
        raise OSError(0, "does not bind root")
    bound(resource.RLIMIT_NPROC, most)


def tasks() -> int:
    """Threads of all processes of the user that ``drop`` leaves: what the limit counts."""
    user = os.getuid() or _NOBODY
    count = 0
    for entry in Path("/proc").iterdir() if sys.platform == "linux" else ():
        if entry.name.isdigit():
            try:
                if entry.stat().st_uid == user:
                    count += sum(1 for _ in (entry / "task").iterdir())
            except OSError:  # it has ended meanwhile
                continue
    return count
