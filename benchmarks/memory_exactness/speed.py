"""Seconds for one optimizer on seven billion parameters, and the memory of the whole tool.

Seconds are those of the processor, which a loaded machine does not lengthen; the wall's are told beside them,
and contain the fork, the import and the finding out how to drive the class.
"""

from __future__ import annotations

import statistics
import threading
import time
from typing import TYPE_CHECKING, Self

import psutil

from optreview import models
from optreview.evidence.dynamic.wire import Compare, Job

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from optreview.evidence.dynamic.client import Runner
    from optreview.evidence.static import Candidate

#: The median of one optimizer on one device, in seconds; the most memory of all processes, in bytes.
GOALS = (1.0, 1 << 30)
_OFTEN = 0.1


class Watching:
    """Notes the most memory that this process and all below it hold together; a context manager.

    Pages that processes share, as forks do, are divided among them (proportional set size).
    """

    def __init__(self) -> None:
        self.peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._done.wait(_OFTEN):
            self.peak = max(self.peak, sum(map(_held, (own, *own.children(recursive=True)))))


def _held(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:  # it has ended, or is not ours to look into
        return 0


def measure(runner: Runner, candidates: Sequence[Candidate]) -> list[str]:
    """Print seconds and memory; returns the goals that are missed."""
    model = models.built_in("llama-7b")
    seconds: dict[str, float] = {}
    walls: list[float] = []
    peaks: dict[str, int] = {}
    with Watching() as watching:
        for candidate in candidates:
            name = f"{candidate.target.module}:{candidate.target.class_name}"
            job = Job(target=candidate.target, models=(model,), only_traces=True)
            begun, watching.peak = time.monotonic(), 0
            for each in runner.compare(Compare(job=job, draws=()))[0]:
                if each.levels:
                    seconds[name] = each.seconds
                    walls.append(time.monotonic() - begun)
            peaks[name] = watching.peak
    median, most = statistics.median(seconds.values()), max(peaks.values())
    print(f"{len(seconds)} optimizers on {model.title}: median {median:.2f} s of processor time each")
    print(f"with the import and the first run: median {statistics.median(walls):.2f} s on the wall")
    print(f"below 1 s: {sum(each < 1 for each in seconds.values())}")
    print("slowest: " + ", ".join(f"{name} {seconds[name]:.1f} s" for name in _most(seconds)))
    largest = ", ".join(f"{name} {peaks[name] / 2**20:,.0f}" for name in _most(peaks))
    print(f"most memory of all processes together, in MiB: {largest}")
    missed = [f"median {median:.2f} s, not below {GOALS[0]:g}"] if median >= GOALS[0] else []
    return missed + ([f"{most:,} bytes of memory"] if most >= GOALS[1] else [])


def _most(figures: Mapping[str, float]) -> list[str]:
    return sorted(figures, key=lambda name: -figures[name])[:12]
