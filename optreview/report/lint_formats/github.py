"""Workflow commands that GitHub Actions shows as annotations on the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.report.paths import from_root
from optreview.report.workflow import command

if TYPE_CHECKING:
    from optreview.records import Issue, Lint, Severity, Unread

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(lint: Lint) -> str:
    """A command a line, for what could not be read and for every issue that is not kept."""
    unread = [_unread(lint, each) for each in lint.unread]
    issues = [_issue(lint, each) for each in lint.issues if each.kept is None]
    return "".join(f"{each}\n" for each in (*unread, *issues))


def _issue(lint: Lint, issue: Issue) -> str:
    place = _place(lint, issue)
    if issue.end is not None:
        place |= {"endLine": issue.end.line, "endColumn": issue.end.column}
    return command(_COMMANDS[issue.severity], {**place, "title": f"optreview {issue.rule}"}, issue.message)


def _unread(lint: Lint, unread: Unread) -> str:
    title = "optreview could not lint this"
    return command("error", {**_place(lint, unread), "title": title}, unread.message)


def _place(lint: Lint, each: Issue | Unread) -> dict[str, str | int]:
    return {"file": from_root(lint.prefix, each.file), "line": each.line, "col": each.column}
