"""One fork a phase: no measurement sees the caches, the leaks or the crash of another."""

from __future__ import annotations

import os
import select
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from optreview.evidence.dynamic.box import die_with_parent
from optreview.evidence.dynamic.wire import Frames, GarbledError, frame, read_phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.wire import Reply, Trouble

    Send = Callable[[Reply | Trouble], None]

#: Seconds between two looks at whether a silent phase has died with its pipe held open by someone else.
_PATIENCE = 0.05
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Outcome:
    """What a phase sent, and how its process ended (a negative number is a signal, 0 is well)."""

    messages: tuple[Reply | Trouble, ...]
    status: int


def in_process(work: Callable[[Send], None]) -> Outcome:
    """Run a phase here: CUDA cannot be used again after a fork."""
    messages: list[Reply | Trouble] = []
    work(messages.append)
    return Outcome(messages=tuple(messages), status=0)


def in_fork(work: Callable[[Send], None]) -> Outcome:
    """Run a phase in a fork of this process and wait for it."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be_phase(work, writing)
    os.close(writing)
    try:
        return _collect(pid, reading)
    finally:
        os.close(reading)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte, however large the message."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _be_phase(work: Callable[[Send], None], writing: int) -> None:
    status = 70
    try:
        die_with_parent()
        work(lambda message: write_all(writing, frame(message)))
        status = 0
    finally:
        os._exit(status)


def _collect(pid: int, reading: int) -> Outcome:
    frames, payloads = Frames(), []
    status: int | None = None
    while True:
        ready, _, _ = select.select([reading], [], [], _PATIENCE)
        if ready:
            data = os.read(reading, _CHUNK)
            if not data:
                break
            payloads += _cut(frames, data)
        elif status is not None:
            break
        if status is None:
            status = _ended(pid, os.WNOHANG)
    if status is None:
        status = _ended(pid, 0) or 0
    return Outcome(messages=tuple(_decode(payloads)), status=status)


def _ended(pid: int, options: int) -> int | None:
    done, status = os.waitpid(pid, options)
    return os.waitstatus_to_exitcode(status) if done else None


def _cut(frames: Frames, data: bytes) -> list[bytes]:
    try:
        return list(frames.feed(data))
    except GarbledError:
        return []


def _decode(payloads: list[bytes]) -> list[Reply | Trouble]:
    messages = []
    for payload in payloads:
        try:
            messages.append(read_phase.decode(payload))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue  # junk that reviewed code wrote into the pipe: the phase then lacks its answer
    return messages
