"""SARIF 2.1.0, which code scanning services and editors read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from optreview.report import sarif
from optreview.report.check_formats._problems import CONDUCT, RULES, problems
from optreview.report.escaping import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.records import Check, CheckedClass, SourceLine
    from optreview.report.check_formats._problem import Problem
    from optreview.report.sarif import Json

#: The version of how a fingerprint is made; results of different versions are not the same ones.
FINGERPRINT = "optreviewOptimizerRuleSubject/v1"
#: The only one that GitHub goes by. Its uploader makes it from the line where it is missing, and warns in the
#: log where it is not what it would have made.
_GITHUB = "primaryLocationLineHash"
_PREFIX = "memory_"
_ACCEPTS = " In a baseline, 'optreview baseline update' accepts what has to be so."
_HELP = (
    "'optreview check' measured more memory than before, or than a budget allows, in two measurements and "
    f"beyond both tolerances.{_ACCEPTS}"
)
_CONDUCT = {
    "probe_failed": "'optreview check --probes' asked twice, and what passed before fails."
    f" 'optreview explain' with the name of the probe tells how it is asked.{_ACCEPTS}",
    "lint_more": "'optreview check --lint' ran the rules of 'optreview lint', and one finds more than before."
    f" 'optreview explain' with the name of the rule tells why it matters.{_ACCEPTS}",
}


def render(check: Check) -> str:
    """The check as a SARIF log, ending in one newline: a result for each thing that is worse."""
    driver = {
        "name": check.generator,
        "semanticVersion": check.generator_version,
        "rules": [_rule(rule, told) for rule, told in RULES.items()],
    }
    results = [found for each in check.optimizers for found in _results(check, each)]
    return sarif.log(driver, _invocation(check), results)


def _id(rule: str) -> str:
    return rule if rule in CONDUCT else _PREFIX + rule


def _rule(rule: str, told: str) -> Json:
    help_ = _CONDUCT.get(rule, _HELP)
    return {
        "id": _id(rule),
        "name": sarif.rule_name(_id(rule)),
        "shortDescription": {"text": told},
        "fullDescription": {"text": told},
        "help": {"text": help_, "markdown": help_},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["pytorch", "optimizer", *(() if rule in CONDUCT else ("memory",))]},
    }


def _invocation(check: Check) -> Json:
    """Whether all could be measured, and what could not, or could not be compared."""
    lost = [each for each in check.optimizers if each.verdict in {"not-measured", "incomparable"}]
    notifications = [
        {
            "level": "error" if each.verdict == "not-measured" else "warning",
            "message": {"text": plain(f"{each.optimizer}: {' '.join(each.reasons)}")},
            "locations": [_place(check.prefix, each.defined)] if each.defined else [],
        }
        for each in lost
    ]
    measured = all(each.verdict != "not-measured" for each in lost)
    return {"executionSuccessful": measured, "toolExecutionNotifications": notifications}


def _results(check: Check, each: CheckedClass) -> Iterator[Json]:
    for problem in problems(each):
        places = problem.places or ((each.defined,) if each.defined else ())
        found = [_place(check.prefix, place) for place in places]
        for place in found:
            place["logicalLocations"] = [{"fullyQualifiedName": plain(each.optimizer).replace(":", ".")}]
        print_ = _fingerprint(each, problem)
        yield {
            "ruleId": _id(problem.rule),
            "ruleIndex": list(RULES).index(problem.rule),
            "level": "error",
            "message": {"text": f"{plain(each.optimizer)}, {problem.sentence}."},
            "locations": found[:1],
            "relatedLocations": found[1:],
            "partialFingerprints": {FINGERPRINT: print_, _GITHUB: print_},
            "properties": {"runs": list(problem.runs)},
        }


def _fingerprint(each: CheckedClass, problem: Problem) -> str:
    """The same for the same thing in the same optimizer, wherever its line has moved."""
    parts = "\0".join((each.optimizer, problem.rule, problem.subject))
    return hashlib.sha256(parts.encode("utf-8", errors="backslashreplace")).hexdigest()[:32] + ":1"


def _place(prefix: str, place: SourceLine) -> Json:
    region: Json = {"startLine": place.line, "startColumn": place.column}
    if place.source:
        region["snippet"] = {"text": plain(place.source)}
    return {"physicalLocation": {"artifactLocation": sarif.artifact(prefix, place.file), "region": region}}
