"""Probes and findings of rules: what counts as worse, and what is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from optreview import targets
from optreview.cli.check import _code
from optreview.evidence.dynamic.conformance import catalogue
from optreview.gate import findings, outcomes
from optreview.gate.calibrate import _verdicts
from optreview.gate.check import confirmed
from optreview.records import Finding, Location
from optreview.selection import Accepted, Selection
from tests import samples
from tests.gate.test_compare import baseline, known, only
from tests.report import checks

if TYPE_CHECKING:
    from pathlib import Path


def answers(**probes: str) -> dict[str, Any]:
    return {"probes": probes, "optreview": "1"}


def compared(before: dict[str, Any], after: dict[str, Any]) -> Any:
    return only(baseline(Opt=known(**before)), baseline(Opt=known(**after)))


def test_what_passed_and_fails_is_worse_and_the_reverse_better() -> None:
    worse, better = (compared(answers(a=x), answers(a=y)) for x, y in (("pass", "fail"), ("fail", "pass")))
    assert (worse.verdict, better.verdict) == ("worse", "better")
    assert [(each.probe, each.verdict) for each in (*worse.probes, *better.probes)] == [
        ("a", "worse"),
        ("a", "better"),
    ]


@pytest.mark.parametrize("silent", ["not-applicable", "not-measured", "errored"])
def test_no_answer_is_neither_a_failure_nor_a_pass(silent: str) -> None:
    for known_, now in (("pass", silent), (silent, "fail"), (silent, "pass"), ("fail", silent)):
        found = compared(answers(a=known_), answers(a=now))
        assert (found.verdict, found.probes) == ("same", ())
        assert bool(found.reasons) is (known_ == "pass")


def test_by_design_and_describing_words_are_told_and_never_fail() -> None:
    for known_, now in (("pass", "differs-by-design"), ("differs-by-design", "fail"), ("none", "some")):
        found = compared(answers(a=known_), answers(a=now))
        assert (found.verdict, [each.verdict for each in found.probes]) == ("same", ["changed"])


def test_a_probe_that_only_one_side_knows_says_nothing() -> None:
    assert compared(answers(a="pass"), answers(a="pass", b="fail")).verdict == "same"
    assert compared(answers(a="pass", b="pass"), answers(a="pass")).verdict == "same"


def test_a_probe_that_fails_once_is_not_counted() -> None:
    fails, passes = (compared(answers(a="pass"), answers(a=now)) for now in ("fail", "pass"))
    assert confirmed(fails, fails).verdict == "worse"
    calmed = confirmed(structs.replace(passes, verdict="worse"), fails)
    assert (calmed.verdict, [each.verdict for each in calmed.probes]) == ("same", ["unsteady"])


def test_what_another_optreview_found_is_not_compared() -> None:
    before = {"optreview": "1", "probes": {"a": "pass"}, "lint": {}}
    after = {"optreview": "2", "probes": {"a": "fail"}, "lint": {"r": ("x",)}}
    found = compared(before, after)
    assert (found.verdict, found.probes, found.lint) == ("incomparable", (), ())
    assert "optreview was 1 and is 2. 'optreview baseline update --probes'" in found.reasons[0]


def test_what_the_baseline_was_not_asked_is_said_with_the_command() -> None:
    found = compared({}, {"optreview": "1", "lint": {"r": ("x",)}})
    assert found.verdict == "incomparable"
    assert found.reasons == (
        "The baseline has nothing of --lint; 'optreview baseline update --lint' adds it.",
    )
    assert compared({"optreview": "1", "lint": {"r": ("x",)}}, {}).verdict == "same"


def test_a_count_that_rises_is_worse_and_another_line_is_not() -> None:
    def told(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, list[tuple[str, int, int]]]:
        found = compared({"lint": {"r": before}}, {"lint": {"r": after}})
        return found.verdict, [(each.rule, each.before, each.after) for each in found.lint]

    assert told(("a",), ("a", "b")) == ("worse", [("r", 1, 2)])
    assert told(("a",), ("a", "a")) == ("worse", [("r", 1, 2)])
    assert told(("a", "b"), ("a",)) == ("better", [("r", 2, 1)])
    assert told(("a",), ("c",)) == ("same", [])


def test_every_probe_has_a_word_in_the_baseline() -> None:
    evidence = samples.evidence().dynamic
    assert evidence is not None
    (first, *_) = catalogue()
    seen = samples.measured(first.id, "pass", "outcome")
    gone = structs.replace(samples.measured("b", ""), id=catalogue()[1].id, presence="errored", value=None)
    own = structs.replace(evidence, measurements=(seen, gone, samples.measured("state_over_adamw", 1.0)))
    assert outcomes.outcomes(own) == {first.id: "pass", catalogue()[1].id: "errored"}


def test_only_what_the_project_wants_to_see_counts(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("a\nb\n  a  \nc\n", encoding="utf-8")
    (target,) = targets.resolve(f"{path}:Mine")

    def found(line: int, **more: Any) -> Finding:
        usual = {
            "rule": "r",
            "location": Location(file="mine.py", line=line, column=1),
            "message": "It is.",
            "confidence": "certain",
            "severity": "warning",
        }
        return samples.made(Finding, more, usual)

    every = (found(1), found(1), found(2, suppressed="so"), found(3), found(4, severity="info"))
    doubtful = found(4, confidence="possible")
    wanted = Selection(least="warning", doubtful=False)
    counted = findings.counted((*every, doubtful), target, wanted)
    assert [each.location.line for each in counted] == [1, 3]
    assert findings.by_rule(counted, target) == {"r": ("a", "a")}
    fresh = findings.fresh(counted, "r", ["a"], target)
    assert [each.location.line for each in fresh] == [3]
    accepted = Selection(accepted=(Accepted("r", "known", tmp_path / "pyproject.toml"),))
    assert findings.counted(every, target, accepted) == ()


def test_a_probe_that_wavers_on_unchanged_code_is_told_by_calibrate() -> None:
    found = [known(probes={"a": a, "b": b}) for a, b in (("pass", "pass"), ("fail", "errored"))]
    assert list(_verdicts("p:O", found)) == [("p:O", "probe a", ("fail", "pass"))]
    assert list(_verdicts("p:O", [known(), known(growth="growing")])) == [
        ("p:O", "growth", ("constant", "growing"))
    ]


@pytest.mark.parametrize(("held", "code"), [((checks.on_model(),), 1), ((), 0)])
def test_a_new_optimizer_over_a_budget_on_a_model_fails(held: tuple[Any, ...], code: int) -> None:
    new = checks.worse("pack:New", model_breaches=held) if held else checks.other("pack:New", "added")
    assert _code(checks.check(new), frozenset()) == code
