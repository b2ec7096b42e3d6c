"""One class after the other: driven on the small model in the box, its rule extracted, and timed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import psutil

from optreview.evidence.dynamic import failures, wire
from optreview.evidence.dynamic.verify import contradiction
from optreview.evidence.dynamic.wire import Job, Measure
from optreview.records import UpdateRule
from optreview.records.common import Record

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.evidence.dynamic.client import Runner
    from optreview.records import Target

_PHASE = "extracting the update rule"


class Extracted(Record, frozen=True, kw_only=True):
    """A class with its rule, or with the reason why it was not driven.

    Attributes:
        seconds: Of the processor, from when it was known how to drive it.
    """

    name: str
    rule: UpdateRule | None = None
    seconds: float = 0.0
    undriven: str = ""


def extracted(runner: Runner | None, target: Target, keep: Path | None) -> Extracted | None:
    """Extract it, or take what was kept; None without a runner where nothing was."""
    name = f"{target.module}:{target.class_name}"
    path = None if keep is None else keep / f"{name.replace(':', '.')}.json"
    if path is not None and path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Extracted)
    if runner is None:
        return None
    made = _extract(runner, target, name)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(made))
    verdict = made.rule.program.verdict if made.rule else "not driven"
    print(f"{name}: {verdict}, {made.seconds:.2f} s", flush=True)
    return made


def _extract(runner: Runner, target: Target, name: str) -> Extracted:
    began: list[float] = []

    def note(phase: str) -> None:
        if phase == _PHASE:
            began.append(_spent(runner))

    job = Job(target=target, traces=(), probes=(), only_traces=True, rule=True)
    answered = runner.ask(Measure(job=job), note)  # measure() would go on to AdamW, and be timed with it
    took = _spent(runner) - began[0] if began else 0.0
    if answered is None:
        return Extracted(name=name, undriven=failures.lost(name).message)
    _, transcript = answered
    wrong = contradiction(transcript.replies, job, "cpu")
    rules = [each.rule for each in transcript.replies if isinstance(each, wire.Extracted)]
    if wrong or not rules:
        met = failures.met(name, transcript, partly=False)
        return Extracted(name=name, undriven=wrong or (met[0].message if met else "It said nothing."))
    return Extracted(name=name, rule=rules[0], seconds=took)


def _spent(runner: Runner) -> float:
    """Seconds of the processor that everything below the template took so far."""
    if runner.process_id is None:
        return 0.0
    template = psutil.Process(runner.process_id)
    spent = _of_children(template)
    for each in template.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            own = each.cpu_times()
            spent += own.user + own.system + _of_children(each)
    return spent


def _of_children(process: psutil.Process) -> float:
    """Those of its children that have ended."""
    times = process.cpu_times()
    return float(times.children_user + times.children_system)
