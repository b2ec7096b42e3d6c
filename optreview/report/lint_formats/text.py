"""A line for each issue, as compilers print them, and a sentence at the end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from optreview.report import figures
from optreview.report.escaping import plain, visible
from optreview.report.workflow import harmless
from optreview.selection import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optreview.records import Issue, Lint, Unread


def render(lint: Lint) -> str:
    """``path:line:column: severity rule message``, kept issues left out, then the summary."""
    lines = [f"{place(each)} error: {plain(each.message)}" for each in lint.unread]
    lines += [
        f"{place(each)} {each.severity} {each.rule} {plain(each.message)}" for each in open_issues(lint)
    ]
    return "".join(f"{harmless(line)}\n" for line in (*lines, summary(lint)))


def statistics(lint: Lint) -> str:
    """How often each rule was hit, the most frequent first, and the summary."""
    counts = Counter((each.rule, each.severity) for each in open_issues(lint))
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    width = len(str(rows[0][1])) if rows else 0
    lines = [f"{found:{width}} {severity:7} {rule}" for (rule, severity), found in rows]
    unread = [f"{place(each)} error: {plain(each.message)}" for each in lint.unread]
    return "".join(f"{harmless(line)}\n" for line in (*unread, *lines, summary(lint)))


def open_issues(lint: Lint) -> Sequence[Issue]:
    """The issues that nobody has said to keep."""
    return [issue for issue in lint.issues if issue.kept is None]


def place(each: Issue | Unread) -> str:
    """``path:line:column:``, on one line whatever the file is called."""
    return f"{visible(each.file)}:{each.line}:{each.column}:"


def summary(lint: Lint) -> str:
    """What was found in all, in a line."""
    found = open_issues(lint)
    said = [f"{_counted(found)} in {_read(lint)}." if lint.classes or found else "No optimizer was found."]
    if kept := len(lint.issues) - len(found):
        said.append(f"{figures.count(kept, 'finding')} kept on purpose.")
    if fixable := sum(each.fixable for each in found):
        said.append(f"'optreview fix' may mend {fixable}.")
    if lint.hidden:
        said.append(f"{lint.hidden} more with --all.")
    if unfinished := sum(bool(each.limits) for each in lint.classes):
        verb = "was" if unfinished == 1 else "were"
        said.append(
            f"{figures.count(unfinished, 'optimizer')} {verb} not read to the end; the JSON says why."
        )
    if lint.unread:
        said.append(f"{figures.count(len(lint.unread), 'file')} could not be linted.")
    return " ".join(said)


def _counted(found: Sequence[Issue]) -> str:
    if not found:
        return "No findings"
    counts = Counter(each.severity for each in found)
    parts = [_of(counts[severity], severity) for severity in reversed(SEVERITIES) if counts[severity]]
    return figures.items(parts)


def _of(number: int, severity: str) -> str:
    return figures.count(number, "note" if severity == "info" else severity)


def _read(lint: Lint) -> str:
    return f"{figures.count(len(lint.classes), 'optimizer')} of {_files(each.file for each in lint.classes)}"


def _files(names: Iterable[str]) -> str:
    return figures.count(len(set(names)), "file")
