"""What other programs read of a check: SARIF and JUnit."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from optreview.records import Part
from optreview.report.check_formats import junit, sarif
from tests.report import checks
from tests.report.hostile import HOSTILE, run_of

# ---- SARIF


@pytest.mark.parametrize("found", [checks.check(), checks.everything(), *map(checks.hostile, HOSTILE)])
def test_sarif_follows_the_official_schema(sarif_schema: Any, found: Any) -> None:
    assert [error.message for error in sarif_schema.iter_errors(json.loads(sarif.render(found)))] == []


def test_sarif_has_a_result_for_each_thing_with_its_place() -> None:
    run = run_of(checks.everything())
    rules = run["tool"]["driver"]["rules"]
    results = run["results"]
    assert [each["ruleId"] for each in results] == [
        "memory_growth",
        "memory_state",
        "memory_steady_transient",
        "memory_hidden",
        "memory_budget",
    ]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in results)
    (place,) = results[1]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "sub/src/pack/adam.py"
    assert place["physicalLocation"]["region"]["startLine"] == 24
    assert place["logicalLocations"] == [{"fullyQualifiedName": "pack.adam.Adam"}]
    assert results[1]["properties"]["runs"] == ["float32 default", "bfloat16 default"]


def prints(found: Any) -> list[str]:
    return [each["partialFingerprints"][sarif.FINGERPRINT] for each in run_of(found)["results"]]


def test_a_fingerprint_goes_by_names_and_not_by_lines_or_figures() -> None:
    def one(name: str = "pack:A", at: int = 24, key: str = "slow", after: float = 12.0) -> str:
        part = Part(key=key, before=0.0, after=4.0, places=(checks.line(at, source="moved"),))
        (found,) = prints(
            checks.check(checks.worse(name, changes=(checks.change(after=after, parts=(part,)),)))
        )
        return found

    assert one() == one(at=99) == one(after=16.0)
    assert len({one(), one(name="pack:B"), one(key="exp")}) == 3
    assert len(set(prints(checks.everything()))) == len(prints(checks.everything()))


def test_sarif_tells_of_what_was_not_measured_or_compared() -> None:
    (invocation,) = run_of(checks.everything())["invocations"]
    assert invocation["executionSuccessful"] is False
    levels = [each["level"] for each in invocation["toolExecutionNotifications"]]
    assert levels == ["error", "warning", "warning"]
    assert run_of(checks.check(checks.other("a:B", "same")))["invocations"][0]["executionSuccessful"] is True


# ---- JUnit


def test_junit_has_a_case_for_each_optimizer() -> None:
    (suite,) = ET.fromstring(junit.render(checks.everything()))
    cases = suite.findall("testcase")
    assert [suite.get(each) for each in ("tests", "failures", "errors", "skipped")] == ["12", "4", "1", "3"]
    held = {case.get("name"): [child.tag for child in case] for case in cases}
    assert held["Adam"] == ["failure"]
    assert held["Broken"] == ["error"]
    assert held["Old"] == ["skipped"]
    assert held["Lean"] == held["New"] == ["system-out"]
    assert held["Same"] == []
    (failure,) = [case.find("failure") for case in cases if case.get("name") == "Adam"]
    assert failure is not None
    assert failure.get("type") == "state"
    assert "slow 0 B → 4 B, made at src/pack/adam.py:24" in (failure.text or "")


@pytest.mark.parametrize("name", HOSTILE)
def test_junit_is_a_document_of_four_cases_whatever_names_hold(name: str) -> None:
    (suite,) = ET.fromstring(junit.render(checks.hostile(name)))
    assert [child.tag for child in suite] == ["properties", *["testcase"] * 4]
