"""A comment for a pull request, short enough for one: what is worse, the worst first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from optreview.report import figures
from optreview.report.check_formats import _words
from optreview.report.check_formats._problem import in_runs
from optreview.report.check_formats._problems import is_memory, problems
from optreview.report.escaping import Markdown, cell, code, escape, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optreview.records import Change, Check, CheckedClass, SourceLine
    from optreview.report.check_formats._problem import Problem

#: By this the comment is found again, to be replaced by the next one.
MARKER = "<!-- optreview check -->"
#: Bytes of a comment; GitHub refuses 65,536 characters.
LIMIT = 60_000
#: Bytes that are kept for the end, whatever is left out before it.
_END = 2_000
_ROWS, _LINES = 20, 30
_NAME, _SOURCE, _REASON = 160, 80, 300
_HEAD = (
    "| optimizer | what | bytes per parameter | at 7 billion parameters | made at |",
    "|---|---|---|---|---|",
)


def render(check: Check) -> str:
    """The comment, ending in one newline."""
    rows = [_row(each, problem) for each in check.optimizers for problem in problems(each)]
    others = [_line(each) for each in check.optimizers if each.verdict not in {"worse", "same"}]
    room = LIMIT - _END
    table = _fitting(rows, _ROWS, room)
    rest = _fitting(others, _LINES, room - sum(map(_size, table)))
    lines = [MARKER, f"### optreview: {_headline(check)}", ""]
    if table:
        lines += [*_HEAD, *table, ""]
    if len(table) < len(rows):
        lines += [f"{len(rows) - len(table)} more that are not as bad are in the log.", ""]
    if rest:
        lines += ["<details><summary>What else is not as it was</summary>", "", *rest]
        if len(rest) < len(others):
            lines.append(f"- {len(others) - len(rest)} more")
        lines += ["", "</details>", ""]
    return "\n".join([*lines, _conditions(check), ""])


def _headline(check: Check) -> str:
    counts = Counter(each.verdict for each in check.optimizers)
    total = figures.count(len(check.optimizers), "optimizer")
    if counts["worse"]:
        one = counts["worse"] == 1
        said = ("takes more memory", "take more memory")
        if not all(is_memory(each) for each in check.optimizers if each.verdict == "worse"):
            said = ("is worse", "are worse")
        return f"{counts['worse']} of {total} {said[not one]}"
    unknown = counts["not-measured"] + counts["incomparable"]
    if unknown:
        return f"{unknown} of {total} could not be compared"
    less = counts["better"]
    also = f" and {less} {'takes' if less == 1 else 'take'} less" if less else ""
    return f"{total}, none takes more memory{also}"


def _row(each: CheckedClass, problem: Problem) -> str:
    place = next(iter(problem.places), each.defined)
    others = len(problem.places) - 1
    ran = f" ({in_runs(problem.runs)})" if problem.runs else ""
    cells = (
        code(_clipped(each.optimizer, _NAME)),
        escape(_clipped(problem.title, _NAME)),
        escape(f"{problem.figures}{ran}"),
        escape(problem.at_7b.removesuffix(" at 7 billion parameters")),
        _where(place, others) if place else escape("not known"),
    )
    return f"| {' | '.join(map(cell, cells))} |"


def _where(place: SourceLine, others: int) -> Markdown:
    parts = [code(_clipped(f"{place.file}:{place.line}", _NAME))]
    if place.source:
        parts.append(code(_clipped(place.source, _SOURCE)))
    if others > 0:
        parts.append(Markdown(f"and {figures.count(others, 'other line')}"))
    return Markdown(" ".join(parts))


def _line(each: CheckedClass) -> str:
    told = " ".join(each.reasons) or _best(each.changes)
    said = escape(_clipped(told, _REASON))
    name = code(_clipped(each.optimizer, _NAME))
    return f"- {_words.in_words(each.verdict)}: {name}{f': {said}' if told else ''}"


def _best(changes: Sequence[Change]) -> str:
    """What is less, by the largest difference."""
    less = sorted((e for e in changes if e.verdict == "better"), key=lambda e: (e.after - e.before, e.run))
    more = f", and {figures.count(len(less) - 1, 'other figure')}" if len(less) > 1 else ""
    return f"{less[0].run}: {_words.changed(less[0])}{more}" if less else ""


def _conditions(check: Check) -> str:
    tolerance = check.tolerance
    beside = f", beside {_clipped(check.against, _NAME)}" if check.against else ""
    least = figures.per_parameter(tolerance.bytes_per_parameter)
    said = (
        f"{_words.summary(check)} Measured with torch {check.torch} on {check.device}{beside}; what is worse "
        f"is more by {figures.percent(tolerance.relative)} and by {least} per parameter, in two measurements."
    )
    return f"<sub>{escape(said)}</sub>"


def _fitting(lines: Iterable[str], most: int, room: int) -> list[str]:
    """The first lines, as many as there is room for."""
    kept: list[str] = []
    for line in lines:
        room -= _size(line)
        if room < 0 or len(kept) == most:
            break
        kept.append(line)
    return kept


def _size(line: str) -> int:
    return len(line.encode("utf-8", errors="replace")) + 1


def _clipped(text: str, most: int) -> str:
    shown = plain(text[: 2 * most])
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
