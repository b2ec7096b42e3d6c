"""One class after the other: driven on the small model in the box, asked every question, and timed."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import psutil

from benchmarks.keeping import found
from optreview.evidence.dynamic.client import Job
from optreview.evidence.dynamic.conformance import PROBES
from optreview.evidence.dynamic.trials.probe import Probe
from optreview.plugins import classes, ids
from optreview.records import Failure, Measurement
from optreview.records.common import Record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from optreview.evidence.dynamic.client import Runner
    from optreview.records import Target


class Took(Record, frozen=True, kw_only=True):
    """Seconds beyond driving the class: of all processors together, and on the wall."""

    cpu: float = 0.0
    wall: float = 0.0

    def beyond(self, base: Took) -> Took:
        """What is left of it without the base."""
        return Took(cpu=max(0.0, self.cpu - base.cpu), wall=max(0.0, self.wall - base.wall))


class Asked(Record, frozen=True, kw_only=True):
    """A class with its answers, or with the reason why there are none.

    Attributes:
        quick: What all quick probes together took, beyond driving it.
        slow: Those of the slow ones.
    """

    name: str
    answers: tuple[Measurement, ...] = ()
    quick: Took = Took()
    slow: Took = Took()
    failures: tuple[Failure, ...] = ()


def asked(runner: Runner | None, target: Target, keep: Path | None) -> Asked | None:
    """Ask everything, or take what was kept; None without a runner where nothing was."""
    name = f"{target.module}:{target.class_name}"
    return found(keep, name, Asked, None if runner is None else partial(_told, runner, target, name))


def _told(runner: Runner, target: Target, name: str) -> Asked:
    made = _ask(runner, target, name)
    print(f"{name}: quick {made.quick.wall:.2f} s, slow {made.slow.wall:.2f} s", flush=True)
    return made


def _ask(runner: Runner, target: Target, name: str) -> Asked:
    quick, slow = probes(slow=False), probes(slow=True)
    driven, _, unasked = _answers(runner, target, ())
    if unasked and not driven:
        return Asked(name=name, failures=unasked)
    _, base, _ = _answers(runner, target, ())
    answers, of_quick, failures = _answers(runner, target, quick)
    more, of_slow, further = _answers(runner, target, slow)
    return Asked(
        name=name,
        answers=(*answers, *more),
        quick=of_quick.beyond(base),
        slow=of_slow.beyond(base),
        failures=(*failures, *further),
    )


def probes(*, slow: bool) -> tuple[str, ...]:
    """Names of the probes that are slow, or of those that are not."""
    pairs = zip(ids(PROBES), classes(PROBES, Probe), strict=True)
    return tuple(name for name, probe in pairs if probe.slow == slow)


def _answers(
    runner: Runner, target: Target, names: Sequence[str]
) -> tuple[tuple[Measurement, ...], Took, tuple[Failure, ...]]:
    """What these probes answered, what driving and asking took, and what failed."""
    before, began = _seconds(runner), time.perf_counter()
    measured = runner.measure(Job(target=target, traces=(), probes=tuple(names), only_traces=True))
    took = Took(cpu=_seconds(runner) - before, wall=time.perf_counter() - began)
    if isinstance(measured, Failure):
        return (), took, (measured,)
    return tuple(m for m in measured.measurements if m.id in names), took, measured.failures


def _seconds(runner: Runner) -> float:
    """What the children that have ended took so far."""
    if runner.process_id is None:
        return 0.0
    times = psutil.Process(runner.process_id).cpu_times()
    return float(times.children_user + times.children_system)
