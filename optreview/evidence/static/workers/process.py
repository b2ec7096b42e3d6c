"""One worker process: a fork that answers orders until the pipe that they come through is closed.

A frame is a four-byte big-endian length and that many bytes. The process is forked rather than started anew
because importing what it needs takes longer than most of what it is asked.
"""

from __future__ import annotations

import fcntl
import os
import signal
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_HEADER = struct.Struct(">I")
_CHUNK = 1 << 20
_ENDING = (signal.SIGINT, signal.SIGTERM)


class Process:
    """A worker as its parent sees it.

    Args:
        answer: What the worker does with an order.
        others: The workers that there are already: a new one must not hold their pipes open.

    Raises:
        OSError: The system allows no further process.
    """

    def __init__(self, answer: Callable[[bytes], bytes], others: Iterable[Process]) -> None:
        theirs, self._orders = os.pipe()
        self.answers, answers = os.pipe()
        lifeline, self._lifeline = os.pipe()
        self._pending = bytearray()
        # A signal between the fork and the first line of the worker would unwind it into its parent's frames.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            self._number = os.fork()
            if self._number == 0:
                _work(answer, theirs, answers, lifeline, (self, *others))
        except OSError:
            self._close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            for each in (theirs, answers, lifeline):
                os.close(each)

    def order(self, frame: bytes) -> None:
        """Ask for something; orders are small enough for the pipe to hold a few."""
        with suppress(BrokenPipeError):  # that it has ended shows where its answers are read
            _write(self._orders, frame)

    def read(self) -> Iterator[bytes]:
        """The answers that have come; waits for the first bytes of one.

        Raises:
            EOFError: The worker has ended.
        """
        data = os.read(self.answers, _CHUNK)
        if not data:
            raise EOFError
        self._pending += data
        while len(self._pending) >= _HEADER.size:
            end = _HEADER.size + _HEADER.unpack_from(self._pending)[0]
            if len(self._pending) < end:
                return
            yield bytes(self._pending[_HEADER.size : end])
            del self._pending[:end]

    def end(self) -> int:
        """End it at once, if it has not ended. Its exit code, negative for the signal that ended it."""
        self._close()
        with suppress(ProcessLookupError):
            os.kill(self._number, signal.SIGKILL)
        try:
            return os.waitstatus_to_exitcode(os.waitpid(self._number, 0)[1])
        except ChildProcessError:  # someone else waits for all children
            return 0

    def _close(self) -> None:
        for each in (self._orders, self.answers, self._lifeline):
            os.close(each)


def _work(
    answer: Callable[[bytes], bytes], orders: int, answers: int, lifeline: int, family: Iterable[Process]
) -> NoReturn:
    """The worker's own life. Whatever happens, it ends here, and closes nothing that is its parent's."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and ends its workers
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        for each in family:
            each._close()
        _end_with_parent(lifeline)
        while (order := _frame(orders)) is not None:
            _write(answers, answer(order))
    except BaseException:  # noqa: BLE001 - nothing may unwind into the parent's frames, which were forked too
        os._exit(1)
    os._exit(0)


def _end_with_parent(lifeline: int) -> None:
    """Have the system end this process when the parent is gone, however that happened.

    The other end of this pipe is the parent's alone. When it closes, SIGIO comes, whose default is to end.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def _frame(source: int) -> bytes | None:
    header = _exactly(source, _HEADER.size)
    return None if header is None else _exactly(source, _HEADER.unpack(header)[0])


def _exactly(source: int, count: int) -> bytes | None:
    """That many bytes; None when the pipe is closed before."""
    data = b""
    while len(data) < count:
        more = os.read(source, count - len(data))
        if not more:
            return None
        data += more
    return data


def _write(sink: int, frame: bytes) -> None:
    data = memoryview(_HEADER.pack(len(frame)) + frame)
    while data:
        data = data[os.write(sink, data) :]
