"""Runs of a record by dtype and path, as sections read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.records import ITEM_SIZE
from optreview.report.compare.pair import told, untold
from optreview.report.view.memory import taken

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.records import Answer, DynamicEvidence, MemoryRun
    from optreview.report.compare.pair import Pair

DEFAULT = "default"
#: Paths that an option chooses, the one that trains fastest on a GPU first.
PATHS = ("foreach", "for-loop", "fused")


def run_of(dynamic: DynamicEvidence, dtype: str = "float32", path: str = DEFAULT) -> MemoryRun | None:
    """The run without options in this dtype on this path."""
    return next(
        (r for r in dynamic.runs if (r.dtype, r.implementation) == (dtype, path) and not r.options), None
    )


def of_run(
    dynamic: DynamicEvidence, read: Callable[[MemoryRun], Answer], dtype: str = "float32", path: str = DEFAULT
) -> Answer:
    """What such a run says, or why there is none."""
    run = run_of(dynamic, dtype, path)
    if run is not None:
        return read(run)
    if path != DEFAULT:
        return untold(f"It was not run on a path of its own called {path}.", "not-applicable")
    failed = [each.message for each in dynamic.failures if dtype in each.message]
    return untold(failed[0], "errored") if failed else untold(f"It was not run in {dtype}.")


def per_parameter(run: MemoryRun, size: int) -> float:
    """Bytes for every parameter."""
    return size / run.parameter_bytes * ITEM_SIZE[run.dtype]


def state(dynamic: DynamicEvidence, dtype: str = "float32") -> Answer:
    """Bytes of state for every parameter at the defaults."""
    return of_run(dynamic, lambda run: told(per_parameter(run, run.state_bytes)), dtype)


def default_path(dynamic: DynamicEvidence) -> str | None:
    """The path that the float32 default took, where that can be told."""
    run = run_of(dynamic)
    return taken(run, dynamic.runs) if run else None


def common_path(pair: Pair) -> str:
    """The path on which the two are best compared.

    The defaults, unless these took different paths and there is one that both can take.
    """
    chosen = {default_path(each) for each in pair.runs}
    if len(chosen) < 2 or None in chosen:
        return DEFAULT
    both = (path for path in PATHS if all(run_of(each, path=path) for each in pair.runs))
    return next(both, DEFAULT)


def paths(pair: Pair) -> tuple[str, ...]:
    """The defaults, then every path that both can take; one that both take by default stands for itself."""
    both = [path for path in PATHS if pair.runs and all(run_of(each, path=path) for each in pair.runs)]
    chosen = {default_path(each) for each in pair.runs}
    return (DEFAULT, *(path for path in both if chosen != {path}))


def named(pair: Pair, path: str) -> str:
    """A path for a label: ``foreach``, or ``defaults`` where these took two paths or nobody can tell."""
    if path != DEFAULT:
        return path
    chosen = {default_path(each) for each in pair.runs}
    return f"default ({chosen.pop()})" if len(chosen) == 1 and None not in chosen else "defaults"
