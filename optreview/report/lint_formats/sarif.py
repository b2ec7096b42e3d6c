"""SARIF 2.1.0, which code scanning services and editors read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static import rules
from optreview.report import sarif
from optreview.report.escaping import plain

if TYPE_CHECKING:
    from optreview.evidence.static.rule import Described
    from optreview.records import Issue, Keep, Lint, Linted, Position, Severity, Unread
    from optreview.report.sarif import Json

#: The version of how a fingerprint is made; results of different versions are not the same ones.
FINGERPRINT = "optreviewScopeRuleSource/v1"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def render(lint: Lint) -> str:
    """The run as a SARIF log, ending in one newline; what is kept is in it as suppressed."""
    by_id = {rule.id: rule for rule in rules.everything()}
    driver = {
        "name": lint.generator,
        "semanticVersion": lint.generator_version,
        "rules": [_rule(by_id[rule]) for rule in lint.rules],
    }
    return sarif.log(driver, _invocation(lint), [_result(lint, issue) for issue in lint.issues])


def _rule(rule: Described) -> Json:
    example = rule.flawed[0].source
    help_text = f"{rule.documentation}\n\nRemedy: {rule.remedy}"
    return {
        "id": rule.id,
        "name": sarif.rule_name(rule.id),
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
        "locations": [{"physicalLocation": {"artifactLocation": sarif.artifact(lint.prefix, linted.file)}}],
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
    return {"physicalLocation": {"artifactLocation": sarif.artifact(lint.prefix, file), "region": region}}
