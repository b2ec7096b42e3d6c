"""The linter's issues for a person at a terminal: each with its line of source and a caret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from optreview.report.escaping import plain
from optreview.report.lint_formats import text

if TYPE_CHECKING:
    from rich.console import Console

    from optreview.records import Issue, Lint, Severity

_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "info": "blue"}
#: Columns around the flagged text that are shown of a long line.
_BEFORE = 40


def show(lint: Lint, console: Console) -> None:
    """Print what could not be read, the issues, and the summary."""
    for unread in lint.unread:
        place = Text(text.place(unread), style="bold")
        console.print(Text.assemble(place, " ", ("error: ", _STYLES["error"]), plain(unread.message)))
    for issue in text.open_issues(lint):
        console.print(_headline(issue), soft_wrap=True)
        for line in _excerpt(issue, console.width):
            console.print(line, no_wrap=True, overflow="crop", crop=True)
    console.print(Text(text.summary(lint), style="bold"))


def _headline(issue: Issue) -> Text:
    return Text.assemble(
        (text.place(issue), "bold"),
        " ",
        (issue.severity, _STYLES[issue.severity]),
        " ",
        (issue.rule, "cyan"),
        " ",
        plain(issue.message),
    )


def _excerpt(issue: Issue, width: int) -> list[Text]:
    """The line and a row of carets; nothing when the place lies behind what is kept of a long line."""
    source = "".join(char if char.isprintable() else " " for char in issue.source)
    start = issue.column - 1
    if start >= len(source) or not source.strip():
        return []
    one_line = issue.end is not None and issue.end.line == issue.line
    stop = min(issue.end.column - 1 if one_line and issue.end else len(source.rstrip()), len(source))
    cut = len(source) - len(source.lstrip())
    if start - cut > width // 2:
        cut = start - _BEFORE
    gutter = f"{issue.line:>6} | "
    carets = "^" * max(stop - start, 1)
    return [
        Text.assemble((gutter, "dim"), source[cut:]),
        Text.assemble((" " * (len(gutter) - 2) + "| ", "dim"), " " * (start - cut), (carets, "red")),
    ]
