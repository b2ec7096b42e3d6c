"""Does what the boxed child says hold together? Its figures are claims of code that nobody has vetted."""

from __future__ import annotations

import re
from collections import Counter
from math import prod
from typing import TYPE_CHECKING

from optreview.evidence.dynamic import carding, dtypes, verify_memory, verify_rule, verify_scale
from optreview.evidence.dynamic.conformance import OUTCOME, OUTCOMES, PROBES
from optreview.evidence.dynamic.wire import (
    Combined,
    Driven,
    DtypeRan,
    Grown,
    NotScaled,
    OptionRan,
    Probed,
    Problem,
    Ran,
    Traced,
)
from optreview.plugins import ids
from optreview.records import ITEM_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optreview.evidence.dynamic.wire import Job, Reply
    from optreview.records import Combination, DtypeRun, Failure, Measurement, MemoryRun, OptionRun, Trace

_MOST_STEPS = 1000
_HASH = 64
_WORD = re.compile(r"[a-z-]{1,30}")
#: Observations of one trace, and characters of a state key.
_MOST_SEEN, _LONGEST_KEY = 1000, 200
_LONGEST_NOTE = 1000
_MOST_COMBINATIONS = 100
_MOST_PACKAGES = 200
#: Tensors of the model on which further dtypes are tried.
_MOST_TENSORS = 20
#: Lines of all the files of a package that a class can touch.
_MOST_LINES = 200_000


def contradiction(replies: Sequence[Reply], job: Job, device: str) -> str | None:
    """What is wrong with the replies, or None: counts, ranges, sums, names."""
    subject = f"{job.target.module}:{job.target.class_name}"
    elements = _elements(replies)
    runs = [r.run for r in replies if isinstance(r, Ran)]
    option_runs = [r.option_run for r in replies if isinstance(r, OptionRan)]
    dtype_runs = [r.dtype_run for r in replies if isinstance(r, DtypeRan)]
    everything = runs + [each.run for each in option_runs if each.run is not None]
    checks = (
        _counts(replies),
        _options(option_runs, job),
        _dtypes(dtype_runs, subject, device),
        _combinations([r.combination for r in replies if isinstance(r, Combined)], job),
        _probes(replies, job),
        carding.contradiction(replies),
        _traces([r.trace for r in replies if isinstance(r, Traced)], job),
        verify_rule.contradiction(replies, job),
        verify_scale.contradiction(replies, job, subject),
        *(_run(run, subject, device, _size(run, elements)) for run in everything),
        *(verify_memory.contradiction(run, job) for run in everything),
        verify_memory.divided(replies),
        *(verify_memory.contradiction(each.run, job) for each in dtype_runs if each.run is not None),
        *(_failure(failure) for failure in _failures(replies, [*option_runs, *dtype_runs])),
        *(verify_memory.growth(r.growth) for r in replies if isinstance(r, Grown)),
    )
    return next((problem for problem in checks if problem), None)


def _elements(replies: Iterable[Reply]) -> int:
    driven = [r for r in replies if isinstance(r, Driven)]
    return sum(prod(t.shape) for r in driven for t in r.workload.tensors)


def _counts(replies: Sequence[Reply]) -> str | None:
    kinds = Counter(type(r) for r in replies)
    if kinds[Driven] > 1 or kinds[Grown] > 1:
        return "a message came twice"
    configurations = Counter((r.run.dtype, r.run.implementation) for r in replies if isinstance(r, Ran))
    if any(count > 1 for count in configurations.values()):
        return "a configuration was run twice"
    if any(len(r.packages) > _MOST_PACKAGES for r in replies if isinstance(r, Driven)):
        return "more packages than anything uses"
    if kinds[Ran] and not kinds[Driven]:
        return "a run without a recipe"
    recipes = [r.recipe for r in replies if isinstance(r, Driven)]
    said = (note for each in recipes for note in (each.under, *each.notes))
    if not all(note.isprintable() and len(note) < _LONGEST_NOTE for note in said):
        return "a note on the recipe is not fit to print"
    return None


def _options(option_runs: Sequence[OptionRun], job: Job) -> str | None:
    if [each.option for each in option_runs] != list(job.options[: len(option_runs)]):
        return "the options are not those asked for"
    for each in option_runs:
        if (each.run is None) == (each.failure is None):
            return "an option has neither or both of a run and a failure"
        if each.run is not None and each.run.options != (each.option,):
            return "a run is not with its option"
    return None


def _combinations(found: Sequence[Combination], job: Job) -> str | None:
    known = {*job.options, *job.also}
    keys = Counter((each.option, each.together, each.dtype) for each in found)
    if any(count > 1 for count in keys.values()) or len(found) > _MOST_COMBINATIONS:
        return "options were combined too often"
    for each in found:
        asked = each.option in job.options and known.issuperset(each.together)
        if not asked or each.dtype not in dtypes.USUAL:
            return "a combination is not one of those asked for"
    return None


def _dtypes(runs: Sequence[DtypeRun], subject: str, device: str) -> str | None:
    if [each.dtype for each in runs] != list(dtypes.FURTHER[: len(runs)]):
        return "the dtypes are not those that are tried"
    if len({(each.workload, each.omitted) for each in runs}) > 1:
        return "further dtypes on several models"
    return next(filter(None, (_dtype(each, subject, device) for each in runs)), None)


def _dtype(tried: DtypeRun, subject: str, device: str) -> str | None:
    run, tensors = tried.run, tried.tensors
    if (run is None) == (tried.failure is None):
        return "a dtype has neither or both of a run and a failure"
    if len(tensors) > _MOST_TENSORS or tensors != dtypes.tensors(tensors, tried.dtype):
        return "the tensors are not of their dtype"
    if run is None:
        return None
    if (run.dtype, run.implementation, run.options) != (tried.dtype, "default", ()):
        return "a run is not in its dtype"
    return _run(run, subject, device, dtypes.size(tensors))


def _probes(replies: Sequence[Reply], job: Job) -> str | None:
    found = [m for r in replies if isinstance(r, Probed) for m in r.measurements]
    names = [m.id for m in found]
    if len(set(names)) < len(names) or not set(names) <= set(ids(PROBES)):
        return "a probe came twice or does not exist"
    if any((m.value is None) == (m.presence == "measured") for m in found):
        return "a probe has a value without being measured, or the reverse"
    if any(m.value is not None and not _says(m) for m in found):
        return "a probe's verdict is not a word of its unit"
    if not all(verify_memory.in_files(place, job) for m in found for place in m.locations):
        return "a probe saw something outside of the files"
    return None


def _says(answer: Measurement) -> bool:
    if answer.unit == OUTCOME:
        return answer.value in OUTCOMES
    return isinstance(answer.value, str) and _WORD.fullmatch(answer.value) is not None


def _traces(traces: Sequence[Trace], job: Job) -> str | None:
    asked = [options for options in job.traces if job.files]
    if any(trace.options not in asked for trace in traces) or len(traces) > len(asked):
        return "a trace is not one of those asked for"
    for trace in traces:
        if not 1 <= trace.steps <= _MOST_STEPS or len(trace.observations) > _MOST_SEEN:
            return "a trace is out of range"
        if not all(each.key.isprintable() and len(each.key) <= _LONGEST_KEY for each in trace.state):
            return "a state key is not fit to print"
        seen = [o.location for o in trace.observations] + [k.created for k in trace.state if k.created]
        if not all(verify_memory.in_files(place, job) for place in seen):
            return "something was seen outside of the files"
        if not _executed(trace, job):
            return "other lines ran than the files have"
    return None


def _executed(trace: Trace, job: Job) -> bool:
    known = {each.file for each in trace.executed} <= set(job.files)
    return known and 0 <= sum(_lines(each.lines) for each in trace.executed) <= _MOST_LINES


def _lines(ranges: str) -> int:
    """How many lines ``12-15, 18`` are; nothing is counted out, as the numbers may be any."""
    ends = [part.partition("-") for part in ranges.split(", ")]
    spans = [int(last or first) - int(first) + 1 for first, _, last in ends]
    return sum(spans) if min(spans) > 0 else -_MOST_LINES


def _size(run: MemoryRun, elements: int) -> int:
    return elements * ITEM_SIZE[run.dtype] if run.dtype in dtypes.USUAL else 0


def _run(run: MemoryRun, subject: str, device: str, parameter_bytes: int) -> str | None:
    figures = (
        run.state_bytes,
        run.declared_bytes,
        run.hidden_bytes,
        run.first_transient_bytes,
        run.steady_transient_bytes,
        run.operations,
        run.host_syncs,
        *run.series,
        *(figure for b in run.buffers for figure in (b.bytes, b.tensors, b.numbers, b.scalars)),
    )
    if run.optimizer != subject or run.device != device:
        return "a run is of something else"
    if min(figures) < 0 or not 1 <= run.steps <= _MOST_STEPS or len(run.series) != run.steps:
        return "a figure is out of range"
    if run.parameter_bytes != parameter_bytes:
        return "the parameters have another size"
    return _sums(run) or _cost(run)


def _sums(run: MemoryRun) -> str | None:
    hidden = sum(b.bytes for b in run.buffers if b.key.startswith("hidden:"))
    if run.state_bytes != run.declared_bytes + run.hidden_bytes:
        return "declared and hidden bytes are not the state"
    if sum(b.bytes for b in run.buffers) != run.state_bytes or hidden != run.hidden_bytes:
        return "the buffers do not sum to the state"
    if run.series[-1] != run.state_bytes or len(run.trajectory) != _HASH:
        return "the series or the trajectory does not fit"
    if run.moved_at is not None and not 1 <= run.moved_at <= run.steps:
        return "it moved outside the run"
    return None


def _cost(run: MemoryRun) -> str | None:
    cost = run.cost
    if cost is None:
        return "a run without what its step moves"
    if min(cost.bytes_read, cost.bytes_written, cost.full_size, cost.full_size_bytes) < 0:
        return "what a step moves is out of range"
    if cost.full_size > cost.full_size_bytes or bool(cost.full_size) != bool(cost.full_size_bytes):
        return "full-size tensors without bytes, or the reverse"
    if not run.operations and (cost.bytes_moved or cost.full_size):
        return "something is moved without an operation"
    return _late(run, cost.bytes_moved)


def _late(run: MemoryRun, moved: int) -> str | None:
    """The last of the late steps is the step whose cost is told."""
    late = tuple(zip(run.late_operations, run.late_moved, strict=False))
    if not len(run.late_operations) == len(run.late_moved) == len(late) <= run.steps:
        return "the late steps are not those of the run"
    if late and (late[-1] != (run.operations, moved) or min(map(min, late)) < 0):
        return "a figure of the late steps is out of range"
    return None


def _failures(replies: Iterable[Reply], attempts: Iterable[OptionRun | DtypeRun]) -> list[Failure]:
    own = [r.failure for r in replies if isinstance(r, Problem)]
    own += [r.unscaled.failure for r in replies if isinstance(r, NotScaled)]
    return own + [each.failure for each in attempts if each.failure is not None]


def _failure(failure: Failure) -> str | None:
    text = failure.kind + failure.message + (failure.missing_package or "")
    return None if text.isprintable() and len(text) < 2000 else "a failure's text is not fit to print"
