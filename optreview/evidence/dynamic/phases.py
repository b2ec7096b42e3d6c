"""One fork a phase: no measurement sees the caches, the leaks, the crash or the endless loop of another."""

from __future__ import annotations

import os
import select
import signal
import time
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from optreview.evidence.dynamic.box import seccomp
from optreview.evidence.dynamic.box.parenthood import die_with_parent
from optreview.evidence.dynamic.wire import Frames, GarbledError, frame, read_phase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import FrameType

    from optreview.evidence.dynamic.wire import Inside, Reply

    Work = Callable[[], Reply | Inside]

#: Forks that run at the same time; each is single-threaded, and no figure depends on time.
AT_ONCE = 2
#: Seconds between two looks at whether a silent phase has died while someone else holds its pipe open.
_PATIENCE = 0.05
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Outcome:
    """What a phase came to: its message, or none and the exit status (negative: a signal).

    Attributes:
        late: It was ended because it took longer than it may.
    """

    message: Reply | Inside | None
    status: int = 0
    late: bool = False


class LateError(BaseException):
    """Raised in the middle of a phase that takes too long, where it is no process that could be ended."""


def in_process(works: Iterable[Work], *, seconds: float | None = None) -> Iterator[Outcome]:
    """Run phases here, one after the other: CUDA cannot be used again after a fork.

    A limit in seconds ends what runs in Python; a library that does not return is left to the limit on all.
    """
    for work in works:
        try:
            with alarm(seconds):
                message = work()
        except LateError:
            yield Outcome(message=None, late=True)
        else:
            yield Outcome(message=message)


@contextmanager
def alarm(seconds: float | None) -> Iterator[None]:
    """Raise ``LateError`` inside after so many seconds; an alarm around this one goes on afterwards."""

    def ring(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal.signal asks for them
        raise LateError

    before = signal.signal(signal.SIGALRM, ring)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds or 0)
    begun = time.monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - begun), _PATIENCE))


def in_forks(
    works: Iterable[Work], *, seconds: float | None = None, sealed: bool = False
) -> Iterator[Outcome]:
    """Run phases in forks of this process, a few at a time, and yield their outcomes in order.

    One that takes long keeps no later one from beginning.

    Args:
        works: The phases.
        seconds: Wall-clock seconds after which a phase is ended, each for itself.
        sealed: Keep phases from starting processes of their own, where the kernel can.
    """
    waiting, started = iter(works), deque[_Fork]()
    while True:
        while sum(not each.done for each in started) < AT_ONCE:
            work = next(waiting, None)
            if work is None:
                break
            started.append(_Fork(work, seconds, sealed=sealed))
        if not started:
            return
        if started[0].done:
            yield started.popleft().outcome()
        else:
            _attend([each for each in started if not each.done])


def _attend(forks: Sequence[_Fork]) -> None:
    """Wait until one of these phases has said something, or for as long as patience lasts."""
    ready, _, _ = select.select(forks, [], [], _PATIENCE)
    for each in forks:
        each.attend(speaks=each in ready)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte, however large the message."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


class _Fork:
    """A phase in its own process, which ends with this one.

    Attributes:
        done: It has said what it came to, has ended, or was ended.
    """

    def __init__(self, work: Work, seconds: float | None, *, sealed: bool) -> None:
        self._until = time.monotonic() + seconds if seconds is not None else None
        self._frames = Frames()
        self._message: Reply | Inside | None = None
        self._late = False
        self._reading, writing = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            self._be(work, writing, sealed=sealed)
        os.close(writing)
        self._status: int | None = None
        self.done = False

    def fileno(self) -> int:
        """Where it speaks."""
        return self._reading

    def _be(self, work: Work, writing: int, *, sealed: bool) -> None:
        status = 70
        try:
            die_with_parent()
            os.close(self._reading)
            if sealed:
                with suppress(OSError):  # the box has said so
                    seccomp.deny_processes()
            write_all(writing, frame(work()))
            status = 0
        finally:
            os._exit(status)

    def attend(self, *, speaks: bool) -> None:
        """Take in what it says, notice that it has ended, or end it when it has been silent for too long."""
        if speaks:
            data = os.read(self._reading, _CHUNK)
            self._message = _first(self._frames, data)
            self.done = self._message is not None or not data
        elif self._status is not None:
            self.done = True  # someone else holds its pipe open
        elif self._until is not None and time.monotonic() > self._until:
            os.kill(self._pid, signal.SIGKILL)
            self.done = self._late = True
        self._poll(0 if self.done else os.WNOHANG)

    def outcome(self) -> Outcome:
        """What it came to."""
        os.close(self._reading)
        return Outcome(message=self._message, status=self._status or 0, late=self._late)

    def _poll(self, options: int) -> None:
        if self._status is None:
            done, status = os.waitpid(self._pid, options)
            self._status = os.waitstatus_to_exitcode(status) if done else None


def _first(frames: Frames, data: bytes) -> Reply | Inside | None:
    """The first message in what was read; junk that reviewed code wrote there is no message."""
    try:
        return next((read_phase.decode(payload) for payload in frames.feed(data)), None)
    except (GarbledError, msgspec.DecodeError, UnicodeDecodeError):
        return None
