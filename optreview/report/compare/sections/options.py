"""What each option costs, beside the defaults of its own optimizer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from optreview.records import ComparedTable
from optreview.report.compare.pair import in_run, row, told, untold
from optreview.report.compare.runs import per_parameter, run_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.records import Answer, ComparedRow, DynamicEvidence, Kind, MemoryRun, Option, Review
    from optreview.report.compare.pair import Pair

PLACE = 60
_QUANTITIES: tuple[tuple[str, Kind, Callable[[MemoryRun], int]], ...] = (
    ("state", "state", lambda run: run.state_bytes),
    ("peak", "step", lambda run: run.steady_transient_bytes),
)


def tables(pair: Pair) -> tuple[ComparedTable, ...]:
    """Bytes per parameter that an option adds to the state, and to the peak of a steady step."""
    tried = {(o.option.name, o.option.value): o.option for run in pair.runs for o in run.options}
    options = [tried[key] for key in sorted(tried)]
    return tuple(
        ComparedTable(id=name, rows=tuple(_row(pair, option, kind, size) for option in options))
        for name, kind, size in _QUANTITIES
    )


def _row(pair: Pair, option: Option, kind: Kind, size: Callable[[MemoryRun], int]) -> ComparedRow:
    name = f"{option.name}={option.value}"
    a, b = (_answer(review, option, size) for review in (pair.a, pair.b))
    return row(name, name, "added-per-parameter", a, b, why=pair.spoiling(kind))


def _answer(review: Review, option: Option, size: Callable[[MemoryRun], int]) -> Answer:
    static = review.evidence.static
    dynamic = review.evidence.dynamic
    named = {h.name for h in static.hyperparameters}
    if dynamic is not None and option.name not in named | {each.option.name for each in dynamic.options}:
        return untold("Its constructor takes none of that name.", "not-applicable")
    return in_run(review, partial(_added, option=option, size=size))


def _added(dynamic: DynamicEvidence, option: Option, size: Callable[[MemoryRun], int]) -> Answer:
    tried = next((each for each in dynamic.options if each.option == option), None)
    default = run_of(dynamic)
    if tried is None or default is None:
        return untold("It was not run with this value.")
    if tried.run is None:
        return untold(tried.failure.message if tried.failure else "It did not run.", "errored")
    return told(per_parameter(tried.run, size(tried.run)) - per_parameter(default, size(default)))
