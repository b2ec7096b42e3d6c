"""The box: what a child process gives up before a stranger's file runs in it.

Every protection is tried; what the platform refuses is listed as inactive, with why. The order is a matter of
what each one takes: namespaces and mounts take privileges, Landlock forbids mounting, and seccomp forbids
what the others are made with.
"""

from __future__ import annotations

import os
import resource
import tempfile
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.box import descriptors, landlock, namespaces, privileges, reach, seccomp
from optreview.evidence.dynamic.box.bounds import bound
from optreview.evidence.dynamic.box.parenthood import die_with_parent
from optreview.records import Box
from optreview.records.surroundings import SWITCHED_OFF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from optreview.evidence.dynamic.wire import Limits

    _Step = tuple[str, Callable[[], None]]

#: Enough that a fork bomb does not starve the process that ends it, and little for an honest job.
_NICENESS = 5
#: Bytes for temporary files where they are in memory, for shared memory, and for one file in any case.
_FILES, _SHARED, _ONE_FILE = 256 << 20, 64 << 20, 1 << 30


def size(count: int) -> str:
    """A round number of bytes for people: ``8 GiB``."""
    for unit, power in (("GiB", 30), ("MiB", 20)):
        if count >= 1 << power:
            return f"{count / (1 << power):g} {unit}"
    return f"{count} B"


def enter(limits: Limits, device: str, folder: Path, readable: Sequence[tuple[Path, int]]) -> Box:
    """Box in this process; returns, possibly in a child of it, with the list of what is active.

    Args:
        limits: How much of everything the box allows, and whether it protects.
        device: Where the measurement computes.
        folder: Its temporary folder, and the working folder from now on.
        readable: The files that it may reach, as ``reach`` lists them.
    """
    os.setsid()
    die_with_parent()
    os.nice(_NICENESS)
    entry = _Entry(limits, device, folder, readable)
    entry.apply(entry.limits())
    if limits.sandboxed:
        os.environ.update(HOME=str(folder), TMPDIR=str(folder), USER="nobody", LOGNAME="nobody")
        tempfile.tempdir = None  # what it found before lies outside
        entry.apply(entry.protections())
    else:
        entry.inactive += [f"{phrase}: {SWITCHED_OFF}" for phrase, _ in entry.protections()]
    os.chdir(folder)
    die_with_parent()  # again: a change of user, or of process, has cleared it
    return Box(active=tuple(entry.active), inactive=tuple(entry.inactive))


class _Entry:
    """What has been tried so far: phrases for the report, each with what brings it about."""

    def __init__(
        self, limits: Limits, device: str, folder: Path, readable: Sequence[tuple[Path, int]]
    ) -> None:
        self.active: list[str] = []
        self.inactive: list[str] = []
        self._limits = limits
        self._device = device
        self._folder = folder
        self._readable = readable
        self._tasks = privileges.tasks() if limits.sandboxed else 0
        self._own_processes = self._own_mounts = False
        self._landlock, self._filtered = 0, False

    def apply(self, steps: Iterator[_Step]) -> None:
        """Try one after the other."""
        for phrase, protect in steps:
            try:
                protect()
            except (OSError, ValueError) as error:
                self.inactive.append(f"{phrase}: {getattr(error, 'strerror', None) or error}")
            else:
                self.active.append(phrase)

    def limits(self) -> Iterator[_Step]:
        """What bounds an honest job too."""
        yield "own process group", lambda: None
        yield f"address-space limit {size(self._limits.memory_bytes)}", self._limit_memory
        yield "no core dumps", lambda: bound(resource.RLIMIT_CORE, 0)
        yield f"{descriptors.MOST} open files", lambda: bound(resource.RLIMIT_NOFILE, descriptors.MOST)
        yield f"files of {size(_ONE_FILE)} at most", lambda: bound(resource.RLIMIT_FSIZE, _ONE_FILE)

    def protections(self) -> Iterator[_Step]:
        """What keeps it from everything else, in the order of application."""
        most = self._limits.processes
        yield "network unreachable", lambda: namespaces.leave(namespaces.NETWORK)
        yield "own process namespace", self._enter_process_namespace
        yield f"temporary files in memory, {size(_FILES)} at most", self._mount_temporary
        yield "other processes out of sight", self._mount_processes
        yield "unprivileged user", lambda: privileges.drop(self._folder)
        yield "no new privileges", privileges.refuse_new
        yield f"process limit {most}", lambda: privileges.limit_processes(self._tasks + most)
        yield "files of others out of reach", self._confine
        yield "no TCP connections", lambda: self._denied_from(landlock.TCP)
        yield "no signals to other processes", lambda: self._denied_from(landlock.SIGNALS)
        yield "no other programs, sockets, mounts or tracing", self._deny_calls
        yield "no processes in a measurement", self._keep_sealed

    def _limit_memory(self) -> None:
        if self._device != "cpu":
            raise ValueError("CUDA reserves more address space than any useful limit")
        bound(resource.RLIMIT_AS, self._limits.memory_bytes)

    def _enter_process_namespace(self) -> None:
        if self._device != "cpu":
            raise ValueError("the CUDA driver identifies processes across it")
        namespaces.enter_process_namespace()
        self._own_processes = True

    def _mount_temporary(self) -> None:
        namespaces.mount_temporary({self._folder: _FILES, reach.SHARED_MEMORY: _SHARED})
        self._own_mounts = True
        self._readable = [*self._readable, *reach.temporary(reach.SHARED_MEMORY)]

    def _mount_processes(self) -> None:
        if not (self._own_processes and self._own_mounts):
            raise ValueError("only with processes and mounts of its own")
        namespaces.mount_processes()

    def _confine(self) -> None:
        self._landlock = landlock.confine([*self._readable, *reach.temporary(self._folder)])

    def _denied_from(self, version: int) -> None:
        if self._landlock < version:
            raise ValueError(f"needs version {version} of Landlock, and there is {self._landlock or 'none'}")

    def _deny_calls(self) -> None:
        inside = self._own_processes or self._landlock >= landlock.SIGNALS
        seccomp.deny_reaching_out(local_sockets=self._device != "cpu", signals=not inside)
        self._filtered = True

    def _keep_sealed(self) -> None:
        """Phases do it themselves, once they are forked."""
        if self._device != "cpu":
            raise ValueError("on CUDA it is no process of its own")
        if not self._filtered:
            raise ValueError("needs seccomp")
