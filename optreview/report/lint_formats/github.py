"""Workflow commands that GitHub Actions shows as annotations on the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.report.escaping import plain, visible
from optreview.report.paths import from_root

if TYPE_CHECKING:
    from optreview.records import Issue, Lint, Severity, Unread

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(lint: Lint) -> str:
    """A command a line, for what could not be read and for every issue that is not kept."""
    unread = [_unread(lint, each) for each in lint.unread]
    issues = [_issue(lint, each) for each in lint.issues if each.kept is None]
    return "".join(f"{command}\n" for command in (*unread, *issues))


def _issue(lint: Lint, issue: Issue) -> str:
    place = _place(lint, issue)
    if issue.end is not None:
        place |= {"endLine": issue.end.line, "endColumn": issue.end.column}
    return _command(_COMMANDS[issue.severity], {**place, "title": f"optreview {issue.rule}"}, issue.message)


def _unread(lint: Lint, unread: Unread) -> str:
    title = "optreview could not lint this"
    return _command("error", {**_place(lint, unread), "title": title}, unread.message)


def _place(lint: Lint, each: Issue | Unread) -> dict[str, str | int]:
    return {"file": from_root(lint, each.file), "line": each.line, "col": each.column}


def _command(name: str, properties: dict[str, str | int], message: str) -> str:
    """``::name key=value,…::message``. What ends a value or the command is escaped as GitHub asks."""
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(plain(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A value that arrives as it is, but for control characters that no escape is defined for."""
    shown = "".join(char if char in "\r\n" else visible(char) for char in text)
    return _data(shown).replace(":", "%3A").replace(",", "%2C")
