"""What is worse and why, the worst first, and a sentence at the end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from optreview.report import figures
from optreview.report.escaping import plain
from optreview.report.lint_formats.text import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.records import Breach, Change, Check, CheckedClass, FigureName, GrowthChange, Location

_NAMES: dict[FigureName, str] = {
    "state": "state",
    "hidden": "state outside optimizer.state, which no checkpoint has",
    "host": "memory of NumPy and Python",
    "first_transient": "peak of the first step",
    "steady_transient": "peak of a later step",
}
#: A peak need not grow as the parameters do: often it is that of the largest tensor.
_PEAKS = frozenset({"first_transient", "steady_transient"})
_IN_WORDS = {"not-measured": "not measured", "same": "unchanged", "added": "new", "removed": "gone"}
#: Lines that are named for one difference.
_NAMED = 4


def render(check: Check) -> str:
    """A block for each optimizer that is not as it was, then the summary."""
    lines = [line for each in check.optimizers for line in _block(each)]
    return "".join(f"{harmless(line)}\n" for line in (*lines, summary(check)))


def summary(check: Check) -> str:
    """How many there are of each verdict, and what to do where something is worse."""
    counts = Counter(each.verdict for each in check.optimizers)
    told = [f"{count} {_IN_WORDS.get(verdict, verdict)}" for verdict, count in counts.items()]
    said = f"{figures.count(len(check.optimizers), 'optimizer')}: {', '.join(told)}."
    if any(each.breaches for each in check.optimizers):
        said += " Budgets are set in [tool.optreview]."
    if any(each.verdict == "worse" and not each.breaches for each in check.optimizers):
        said += " If it has to be so, 'optreview baseline update' accepts it."
    return said


def _block(each: CheckedClass) -> Iterator[str]:
    if each.verdict == "same" and not each.reasons and not each.growth:
        return
    yield f"{_IN_WORDS.get(each.verdict, each.verdict)}: {plain(each.optimizer)}"
    yield from (f"  {plain(reason)}" for reason in each.reasons)
    yield from (line for breach in each.breaches for line in _breach(breach))
    if each.growth is not None:
        yield from _growth(each.growth)
    order = sorted(each.changes, key=lambda change: (-abs(change.after - change.before), change.run))
    yield from (line for change in order for line in _change(change))


def _breach(breach: Breach) -> Iterator[str]:
    limit, value = figures.per_parameter(breach.limit), figures.per_parameter(breach.value)
    yield (
        f"  over budget, {breach.run}: {plain(breach.budget)} is {limit} per parameter, and it takes "
        f"{value}{_meaning(breach.figure, breach.at_7b)}"
    )


def _growth(growth: GrowthChange) -> Iterator[str]:
    yield f"  {growth.verdict}: growth was {growth.before} and is {growth.after}{_made(growth.places)}"
    if growth.holders:
        yield f"    what grows: {', '.join(map(plain, growth.holders))}"


def _change(change: Change) -> Iterator[str]:
    where = _made(change.places) if change.figure in _PEAKS else ""
    yield (
        f"  {change.verdict}, {change.run}: {_NAMES[change.figure]} {_step(change.before, change.after)} per "
        f"parameter{_meaning(change.figure, change.at_7b)}{where}"
    )
    for part in change.parts:
        yield f"    {plain(part.key)} {_step(part.before, part.after)}{_made(part.places)}"


def _step(before: float, after: float) -> str:
    return f"{figures.per_parameter(before)} → {figures.per_parameter(after)}"


def _meaning(figure: FigureName, at_7b: int) -> str:
    upto = "up to " if figure in _PEAKS else ""
    more = "more" if at_7b > 0 else "less"
    return f" ({upto}{figures.data_size(abs(at_7b))} {more} at 7 billion parameters)"


def _made(places: Sequence[Location]) -> str:
    if not places:
        return ""
    named = [f"{plain(place.file)}:{place.line}" for place in places[:_NAMED]]
    if len(places) > _NAMED:
        named.append(f"{len(places) - _NAMED} more")
    return f", made at {figures.items(named)}"
