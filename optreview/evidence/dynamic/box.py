"""The box: what a child process gives up before a stranger's file runs in it.

Every protection is tried; what the platform refuses is listed as inactive, with why. Sources: prctl(2),
setrlimit(2), user_namespaces(7), pid_namespaces(7).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from optreview.evidence.dynamic import privileges
from optreview.records import Box

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.wire import Limits

_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_NEW_USER, _NEW_NETWORK, _NEW_PID = 0x10000000, 0x40000000, 0x20000000
_OPEN_FILES = 256
#: Enough that a fork bomb does not starve the process that ends it, and little for an honest job.
_NICENESS = 5


def size(count: int) -> str:
    """A round number of bytes for people: ``8 GiB``."""
    for unit, power in (("GiB", 30), ("MiB", 20)):
        if count >= 1 << power:
            return f"{count / (1 << power):g} {unit}"
    return f"{count} B"


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies; where there is no such thing, do nothing."""
    if _LINUX:
        _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def adopt_orphans() -> bool:
    """Become the parent of every orphaned descendant, so that none escapes by daemonising."""
    return _LINUX and _libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def close_descriptors(keep: int | None) -> None:
    """Close everything inherited except the standard streams and one other."""
    folder = Path("/dev/fd")
    names = [int(entry.name) for entry in folder.iterdir()] if folder.exists() else range(3, _OPEN_FILES)
    for descriptor in names:
        if descriptor > 2 and descriptor != keep:
            try:
                os.close(descriptor)
            except OSError:  # the folder's own descriptor, gone already
                continue


def enter(limits: Limits, device: str, folder: Path) -> Box:
    """Box in this process; returns, possibly in a child of it, with the list of what is active."""
    os.setsid()
    die_with_parent()
    os.nice(_NICENESS)
    os.chdir(folder)
    os.environ.update(HOME=str(folder), TMPDIR=str(folder), USER="nobody", LOGNAME="nobody")
    active, inactive = [], []
    for phrase, protect in _protections(limits, device, folder):
        try:
            protect()
        except (OSError, ValueError) as error:
            inactive.append(f"{phrase}: {getattr(error, 'strerror', None) or error}")
        else:
            active.append(phrase)
    die_with_parent()  # again: a change of user, or of process, has cleared it
    inactive.append("own view of the file system: not built yet")
    return Box(active=tuple(active), inactive=tuple(inactive))


def _protections(limits: Limits, device: str, folder: Path) -> list[tuple[str, Callable[[], None]]]:
    """Phrases for the report and what brings each about, in the order of application."""
    return [
        ("own process group", lambda: None),
        (f"address-space limit {size(limits.memory_bytes)}", lambda: _limit_memory(limits, device)),
        ("no core dumps", lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0))),
        (f"{_OPEN_FILES} open files", _limit_files),
        ("network unreachable", lambda: _unshare(_NEW_NETWORK)),
        ("own process namespace", lambda: _enter_process_namespace(device)),
        ("unprivileged user", lambda: privileges.drop(folder)),
        ("no new privileges", privileges.refuse_new),
        (f"process limit {limits.processes}", lambda: privileges.limit_processes(limits.processes)),
    ]


def _limit_memory(limits: Limits, device: str) -> None:
    if device != "cpu":
        raise ValueError("CUDA reserves more address space than any useful limit")
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))


def _limit_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _unshare(namespaces: int) -> None:
    """Leave the given namespaces, through a user namespace of one's own where that is needed."""
    if not _LINUX:
        raise ValueError("only on Linux")
    user, group = os.getuid(), os.getgid()
    libc = _libc()
    if libc.unshare(namespaces) == 0:
        return
    if libc.unshare(_NEW_USER | namespaces) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path("/proc/self", name).write_text(text, encoding="ascii")


def _enter_process_namespace(device: str) -> None:
    """Go on as the first process of a new namespace: when that one ends, the kernel ends all the others.

    The process that called stays outside as a keeper without reviewed code and ends as its child ends.
    """
    if device != "cpu":
        raise ValueError("the CUDA driver identifies processes across it")
    _unshare(_NEW_PID)
    pid = os.fork()
    if pid == 0:
        die_with_parent()
        return
    _keep(pid)


def _keep(pid: int) -> None:
    close_descriptors(keep=None)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), -code)
    os._exit(max(code, 0))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
