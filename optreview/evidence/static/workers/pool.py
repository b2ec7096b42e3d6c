"""Hands orders to worker processes and collects their answers; what an order says is not its business."""

from __future__ import annotations

import select
import signal
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from optreview.evidence.static.workers.process import Process

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

K = TypeVar("K", bound="Hashable")

#: A worker has its next order before it has finished the last one, so that it never waits for this process.
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an order.

    Attributes:
        answer: None when there is none.
        worker: Who had it.
        ended: How the worker ended while it was at it, in words; None when nobody has begun it.
    """

    answer: bytes | None = None
    worker: int | None = None
    ended: str | None = None


@dataclass(slots=True, eq=False)
class _Worker(Generic[K]):
    number: int
    process: Process
    doing: deque[K] = field(default_factory=deque)
    own: deque[K] = field(default_factory=deque)


class Pool(Generic[K]):
    """Worker processes, all forked at once: later there may be threads, which a fork does not survive.

    Args:
        count: How many there should be; fewer where the system allows no more.
        answer: What a worker does with an order.
    """

    def __init__(self, count: int, answer: Callable[[bytes], bytes]) -> None:
        self._workers: list[_Worker[K]] = []
        self._orders: dict[K, bytes] = {}
        self._common: deque[K] = deque()
        self._done: dict[K, Done] = {}
        for number in range(count):
            try:
                process = Process(answer, [worker.process for worker in self._workers])
            except OSError:
                break
            self._workers.append(_Worker(number, process))

    def put(self, key: K, order: bytes, worker: int | None = None) -> None:
        """Ask for something; a worker that knows most of the answer already should be the one to give it."""
        self._orders[key] = order
        fitting = next((each for each in self._workers if each.number == worker), None)
        (self._common if fitting is None else fitting.own).append(key)

    def take(self, key: K) -> Done:
        """What became of an order, waiting for it. Without an answer it is for the caller to do."""
        self._move(0)
        while key in self._orders and key not in self._done and self._workers:
            self._move(None)
        self._orders.pop(key, None)
        return self._done.pop(key, Done())

    def close(self) -> None:
        """End all workers, whatever they are at."""
        for worker in self._workers:
            worker.process.end()
        self._workers.clear()

    def _move(self, patience: int | None) -> None:
        """Hand out what is to be done, and take what has come."""
        for worker in self._workers:
            while len(worker.doing) < _AHEAD and (key := self._next(worker)) is not None:
                worker.doing.append(key)
                worker.process.order(self._orders[key])
        poll = select.poll()
        by_place = {worker.process.answers: worker for worker in self._workers}
        for place in by_place:
            poll.register(place, select.POLLIN)
        for place, _ in poll.poll(patience):
            self._receive(by_place[place])

    def _next(self, worker: _Worker[K]) -> K | None:
        """Its own orders first, then anybody's, then the last of whoever has most before it."""
        if worker.own:
            return worker.own.popleft()
        if self._common:
            return self._common.popleft()
        busiest = max(self._workers, key=lambda each: len(each.own))
        return busiest.own.pop() if busiest.own else None

    def _receive(self, worker: _Worker[K]) -> None:
        try:
            for answer in worker.process.read():
                self._done[worker.doing.popleft()] = Done(answer, worker.number)
        except EOFError:
            self._lose(worker)

    def _lose(self, worker: _Worker[K]) -> None:
        """A worker has ended: what it was at is lost, and the others take over the rest."""
        self._workers.remove(worker)
        ended = _how(worker.process.end())
        if worker.doing:
            self._done[worker.doing.popleft()] = Done(None, worker.number, ended)
        self._common.extendleft(reversed([*worker.doing, *worker.own]))


def _how(code: int) -> str:
    if code >= 0:
        return f"ended with {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    why = ", perhaps for lack of memory" if -code == signal.SIGKILL else ""
    return f"was ended by {name}{why}"
