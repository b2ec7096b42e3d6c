"""SARIF 2.1.0, which code scanning services and editors read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from optreview.evidence.static import rules
from optreview.report.escaping import plain
from optreview.report.paths import from_root

if TYPE_CHECKING:
    from optreview.evidence.static.rule import Described
    from optreview.records import Issue, Keep, Lint, Linted, Position, Severity, Unread

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: The version of how a fingerprint is made; results of different versions are not the same ones.
FINGERPRINT = "optreviewScopeRuleSource/v1"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_ROOT = "%SRCROOT%"

Json = dict[str, Any]


def render(lint: Lint) -> str:
    """The run as a SARIF log, ending in one newline; what is kept is in it as suppressed."""
    return json.dumps(_log(lint), indent=2) + "\n"


def _log(lint: Lint) -> Json:
    by_id = {rule.id: rule for rule in rules.everything()}
    driver = {
        "name": lint.generator,
        "semanticVersion": lint.generator_version,
        "rules": [_rule(by_id[rule]) for rule in lint.rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [_invocation(lint)],
        "results": [_result(lint, issue) for issue in lint.issues],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Described) -> Json:
    example = rule.flawed[0].source
    help_text = f"{rule.documentation}\n\nRemedy: {rule.remedy}"
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("_")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.documentation},
        "help": {
            "text": help_text,
            "markdown": f"{help_text}\n\nFor example, this has the flaw:\n\n```python\n{example}```\n",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": ["pytorch", "optimizer"], "effort": rule.effort},
    }


def _invocation(lint: Lint) -> Json:
    """Whether all could be read, and what could not."""
    notifications = [_unread(lint, each) for each in lint.unread]
    notifications += [_limits(lint, each) for each in lint.classes if each.limits]
    return {"executionSuccessful": not lint.unread, "toolExecutionNotifications": notifications}


def _unread(lint: Lint, unread: Unread) -> Json:
    place = _place(lint, unread.file, unread.line, unread.column, None)
    return {"level": "error", "message": {"text": plain(unread.message)}, "locations": [place]}


def _limits(lint: Lint, linted: Linted) -> Json:
    text = plain(f"{linted.name} was not read to its end. {' '.join(linted.limits)}")
    return {
        "level": "note",
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": _file(lint, linted.file)}}],
    }


def _result(lint: Lint, issue: Issue) -> Json:
    place = _place(lint, issue.file, issue.line, issue.column, issue.end)
    if issue.source.strip():
        place["physicalLocation"]["region"]["snippet"] = {"text": issue.source}
    if issue.scope:
        place["logicalLocations"] = [{"fullyQualifiedName": issue.scope.replace(":", ".")}]
    return {
        "ruleId": issue.rule,
        "ruleIndex": lint.rules.index(issue.rule),
        "level": _LEVELS[issue.severity],
        "message": {"text": plain(issue.message)},
        "locations": [place],
        "partialFingerprints": {FINGERPRINT: issue.fingerprint},
        # An empty list says that it is not suppressed, as against not known.
        "suppressions": [_suppression(issue.kept)] if issue.kept is not None else [],
        "properties": {"confidence": issue.confidence, "classes": list(issue.classes)},
    }


def _suppression(kept: Keep) -> Json:
    kind = "inSource" if kept.by == "comment" else "external"
    return {"kind": kind, "status": "accepted", "justification": plain(kept.reason)}


def _place(lint: Lint, file: str, line: int, column: int, end: Position | None) -> Json:
    region = {"startLine": line, "startColumn": column}
    if end is not None:
        region |= {"endLine": end.line, "endColumn": end.column}
    return {"physicalLocation": {"artifactLocation": _file(lint, file), "region": region}}


def _file(lint: Lint, file: str) -> Json:
    path = from_root(lint, file)
    if path.startswith("/"):
        return {"uri": "file://" + quote(path)}
    return {"uri": quote(path), "uriBaseId": _ROOT}
