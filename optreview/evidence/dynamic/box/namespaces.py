"""Namespaces: an own network, own processes, and own places for temporary files.

Sources: namespaces(7), user_namespaces(7), pid_namespaces(7), mount_namespaces(7), tmpfs(5).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.box.descriptors import close_all
from optreview.evidence.dynamic.box.parenthood import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Mapping

NETWORK, PROCESSES, MOUNTS = 0x40000000, 0x20000000, 0x00020000
_USER = 0x10000000
_NO_SETUID, _NO_DEVICES, _NO_PROGRAMS, _RECURSIVE, _PRIVATE = 2, 4, 8, 1 << 14, 1 << 18


def leave(namespaces: int) -> None:
    """Leave the given namespaces, through a user namespace of one's own where that is needed.

    Raises:
        OSError: The system does not allow it.
    """
    _only_on_linux()
    user, group = os.getuid(), os.getgid()
    libc = _libc()
    if libc.unshare(namespaces) == 0:
        return
    if libc.unshare(_USER | namespaces) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path("/proc/self", name).write_text(text, encoding="ascii")


def enter_process_namespace() -> None:
    """Go on as the first process of a new namespace: when that one ends, the kernel ends all the others.

    The process that called stays outside as a keeper without reviewed code and ends as its child ends.

    Raises:
        OSError: The system does not allow it.
    """
    leave(PROCESSES)
    pid = os.fork()
    if pid == 0:
        die_with_parent()
        return
    _keep(pid)


def _keep(pid: int) -> None:
    close_all(keep=None)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), -code)
    os._exit(max(code, 0))


def mount_temporary(folders: Mapping[Path, int]) -> None:
    """Put an empty file system of so many bytes over each folder, seen by nobody else.

    Raises:
        OSError: The system does not allow it.
    """
    leave(MOUNTS)
    _mount("none", Path("/"), None, _RECURSIVE | _PRIVATE)
    for folder, size in folders.items():
        if folder.is_dir():
            _mount("tmpfs", folder, f"size={size},nr_inodes=10000,mode=1777", _NO_SETUID | _NO_DEVICES)


def mount_processes() -> None:
    """Show the own processes alone under ``/proc``; the mounts have to be one's own already.

    Raises:
        OSError: The system does not allow it.
    """
    _only_on_linux()
    _mount("proc", Path("/proc"), None, _NO_SETUID | _NO_DEVICES | _NO_PROGRAMS)


def _mount(kind: str, where: Path, options: str | None, flags: int) -> None:
    given = options.encode() if options is not None else None
    if _libc().mount(kind.encode(), bytes(where), kind.encode(), ctypes.c_ulong(flags), given) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _only_on_linux() -> None:
    if sys.platform != "linux":
        raise OSError(0, "only on Linux")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
