"""Workflow commands that GitHub Actions shows as annotations on the lines of a pull request."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optreview.report import figures
from optreview.report.check_formats import _words
from optreview.report.check_formats._problems import is_memory, problems
from optreview.report.paths import from_root
from optreview.report.workflow import command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.records import Check, CheckedClass, SourceLine
    from optreview.records.gate import ClassVerdict

_COMMANDS: dict[ClassVerdict, str] = {
    "not-measured": "warning",
    "incomparable": "warning",
    "added": "notice",
    "removed": "notice",
}
#: Optimizers that one annotation names.
_NAMED = 10


def render(check: Check) -> str:
    """A command a line: an error for each line that makes something worse, the worst first, then the rest.

    GitHub shows ten errors of a step, so what is made at one line is one of them.
    """
    worse = [line for each in check.optimizers for line in _worse(check.prefix, each)]
    return "".join(f"{each}\n" for each in (*worse, *_others(check)))


def _worse(prefix: str, each: CheckedClass) -> Iterator[str]:
    title = f"{each.optimizer} {'takes more memory' if is_memory(each) else 'is worse'}"
    groups: dict[SourceLine | None, list[str]] = defaultdict(list)
    for problem in problems(each):
        groups[problem.places[0] if problem.places else each.defined].append(problem.sentence)
    for place, sentences in groups.items():
        where = _place(prefix, place)
        yield command("error", {**where, "title": title}, *sentences)


def _others(check: Check) -> Iterator[str]:
    """What is neither worse nor measured and compared; what has the same reasons in one annotation."""
    groups: dict[tuple[ClassVerdict, tuple[str, ...]], list[CheckedClass]] = defaultdict(list)
    for each in check.optimizers:
        if each.verdict in _COMMANDS:
            groups[each.verdict, each.reasons].append(each)
    for (verdict, reasons), group in groups.items():
        where = _place(check.prefix, group[0].defined)
        title = f"{figures.count(len(group), 'optimizer')} {_words.in_words(verdict)}"
        yield command(_COMMANDS[verdict], {**where, "title": title}, *reasons, _named(group))


def _named(group: Sequence[CheckedClass]) -> str:
    names = [each.optimizer for each in group[:_NAMED]]
    if len(group) > _NAMED:
        names.append(f"{len(group) - _NAMED} more")
    return figures.items(names)


def _place(prefix: str, place: SourceLine | None) -> dict[str, str | int]:
    if place is None:
        return {}
    return {"file": from_root(prefix, place.file), "line": place.line, "col": place.column}
