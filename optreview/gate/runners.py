"""Several classes measured at the same time, each by a runner with a torch of its own."""

from __future__ import annotations

import os
import queue
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self

from msgspec import structs

from optreview.evidence.dynamic.client import Runner
from optreview.records import Failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from optreview.evidence.dynamic.wire import Device, Job, Limits
    from optreview.records import Finding
    from optreview.records.baseline import Gauged

#: More take gigabytes: each has imported torch, and runs two measurements at once.
_MOST = 4
#: Classes for which a further torch is worth its start.
_SHARE = 3


def worth(classes: int, device: Device) -> int:
    """How many at once: one for few classes, and where an accelerator's memory is measured."""
    if device != "cpu":
        return 1
    return max(1, min(_MOST, len(os.sched_getaffinity(0)) if _LINUX else 1, classes // _SHARE))


_LINUX = hasattr(os, "sched_getaffinity")


class Runners:
    """A context manager; the processes start at once, and torch is imported while the caller goes on."""

    def __init__(self, count: int, device: Device, limits: Limits, *, simulates: bool = False) -> None:
        self._idle: queue.SimpleQueue[Runner] = queue.SimpleQueue()
        self._runners = [Runner(device=device, limits=limits, simulates=simulates) for _ in range(count)]
        self._stack = ExitStack()
        self._pool = ThreadPoolExecutor(count)

    def __enter__(self) -> Self:
        for runner in self._runners:
            self._idle.put(self._stack.enter_context(runner))
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        for runner in self._runners:  # what still runs is not wanted any more: this ends it at once
            if runner.process_id is not None:
                with suppress(ProcessLookupError):
                    os.kill(runner.process_id, signal.SIGKILL)
        self._pool.shutdown(wait=True)
        self._stack.close()

    def submit(
        self, job: Job, findings: tuple[Finding, ...] | None, on_phase: Callable[[str], None]
    ) -> Future[Gauged | Failure]:
        """Measure as soon as a runner is idle, beside what the rules have found."""
        return self._pool.submit(self._measure, job, findings, on_phase)

    def _measure(
        self, job: Job, findings: tuple[Finding, ...] | None, on_phase: Callable[[str], None]
    ) -> Gauged | Failure:
        runner = self._idle.get()
        try:
            found = runner.gauge(job, on_phase=on_phase)
        finally:
            self._idle.put(runner)
        return found if isinstance(found, Failure) else structs.replace(found, findings=findings)
