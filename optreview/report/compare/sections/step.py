"""What a step takes on the way: temporaries, operations, bytes moved, on each path that both have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.records import ComparedTable
from optreview.report import figures
from optreview.report.compare.pair import told, untold
from optreview.report.compare.runs import DEFAULT, named, of_run, paths, run_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.records import Answer, ComparedRow, DynamicEvidence, MemoryRun
    from optreview.report.compare.pair import Pair

PLACE = 40
_UNCOUNTED = "Its record does not hold what a step moves."


def tables(pair: Pair) -> tuple[ComparedTable, ...]:
    """Peaks, then what was counted."""
    if not pair.runs:
        return ()
    ways = paths(pair)
    return (
        ComparedTable(
            id="peaks",
            rows=(
                *(each for path in ways for each in _peaks(pair, path)),
                *_peaks(pair, DEFAULT, "bfloat16"),
            ),
        ),
        ComparedTable(
            id="counts",
            rows=(*(each for path in ways for each in _counts(pair, path)), *_habits(pair)),
        ),
    )


def largest_peak(pair: Pair, path: str) -> ComparedRow:
    """The larger of the first step's peak and the steady one's: what has to fit."""
    return _ratio(
        pair,
        "peak",
        f"Peak of a step over parameters, {named(pair, path)}",
        lambda run: run.peak_transient_bytes,
        path,
    )


def operations(pair: Pair, path: str) -> ComparedRow:
    """Operations of a steady step."""
    return _counted(
        pair, f"operations:{path}", "Operations in a step", lambda run: told(run.operations), path
    )


def bytes_moved(pair: Pair, path: str) -> ComparedRow:
    """Bytes that these read and write, over the parameters'."""
    label = f"Bytes moved over parameters, {named(pair, path)}"
    return _ratio(pair, f"moved:{path}", label, lambda run: run.cost.bytes_moved if run.cost else None, path)


def _peaks(pair: Pair, path: str, dtype: str = "float32") -> tuple[ComparedRow, ...]:
    way = named(pair, path) if dtype == "float32" else f"defaults in {dtype}"
    return (
        _ratio(
            pair,
            f"first:{dtype}:{path}",
            f"Peak of the first step, {way}",
            lambda run: run.first_transient_bytes,
            path,
            dtype,
        ),
        _ratio(
            pair,
            f"steady:{dtype}:{path}",
            f"Peak of a step, {way}",
            lambda run: run.steady_transient_bytes,
            path,
            dtype,
        ),
    )


def _counts(pair: Pair, path: str) -> tuple[ComparedRow, ...]:
    label = f"New full-size tensors, {named(pair, path)}"
    return (
        operations(pair, path),
        bytes_moved(pair, path),
        _ratio(
            pair, f"full_size:{path}", label, lambda run: run.cost.full_size_bytes if run.cost else None, path
        ),
    )


def _habits(pair: Pair) -> tuple[ComparedRow, ...]:
    """What else a step of the defaults was seen to do."""
    reads = _counted(pair, "host_syncs", "Reads from tensor to Python", lambda run: told(run.host_syncs))
    writes = pair.measured(
        "gradients_mutated",
        "Gradients changed by a step",
        "word",
        lambda dynamic: of_run(dynamic, lambda run: told(run.gradients_mutated)),
        "step",
    )
    return reads, writes, _weights(pair)


def _weights(pair: Pair) -> ComparedRow:
    """What the steps made of the same weights: two optimizers that leave equal bits did the same."""
    steps = {run.steps for dynamic in pair.runs if (run := run_of(dynamic))}
    return pair.measured(
        "trajectory",
        f"Weights after {figures.count(max(steps, default=0), 'step')}",
        "digest",
        lambda dynamic: of_run(dynamic, _left),
        "step",
        why=() if len(steps) < 2 else ("steps",),
    )


def _left(run: MemoryRun) -> Answer:
    if not run.finite:
        return untold("The weights were not finite.", "not-applicable")
    return untold("No weight moved.", "not-applicable") if run.moved_at is None else told(run.trajectory)


def _counted(
    pair: Pair, identifier: str, label: str, read: Callable[[MemoryRun], Answer], path: str = DEFAULT
) -> ComparedRow:
    return pair.measured(
        identifier,
        f"{label}, {named(pair, path)}",
        "count",
        lambda dynamic: of_run(dynamic, read, path=path),
        "step",
    )


def _ratio(  # noqa: PLR0913, PLR0917 - one argument a column
    pair: Pair,
    identifier: str,
    label: str,
    size: Callable[[MemoryRun], int | None],
    path: str,
    dtype: str = "float32",
) -> ComparedRow:
    """Bytes over the parameters' bytes."""

    def read(dynamic: DynamicEvidence) -> Answer:
        return of_run(dynamic, lambda run: _over_parameters(size(run), run), dtype, path)

    return pair.measured(identifier, label, "ratio", read, "step")


def _over_parameters(size: int | None, run: MemoryRun) -> Answer:
    return untold(_UNCOUNTED) if size is None else told(size / run.parameter_bytes)
