"""Which findings a run is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from optreview.records import Finding, Location, Severity
from optreview.selection import Accepted, Selection, reaches


def finding(rule: str = "host_sync", severity: Severity | None = "warning") -> Finding:
    place = Location(file="a.py", line=1, column=1)
    return Finding(rule=rule, location=place, message="m", confidence="certain", severity=severity)


def test_without_a_choice_every_rule_runs() -> None:
    assert Selection().runs("host_sync")
    assert Selection().shows("host_sync", "info", "certain")


def test_selecting_leaves_the_others_out_and_ignoring_wins() -> None:
    chosen = Selection(
        select=frozenset({"host_sync", "data_attribute"}), ignore=frozenset({"data_attribute"})
    )
    assert [rule for rule in ("host_sync", "data_attribute", "other") if chosen.runs(rule)] == ["host_sync"]


def test_what_is_below_the_least_severity_is_shown_only_by_name() -> None:
    assert not Selection(least="warning").shows("host_sync", "info", "certain")
    assert Selection(least="warning").shows("host_sync", "warning", "certain")
    assert Selection(least="warning", select=frozenset({"host_sync"})).shows("host_sync", "info", "certain")


def test_what_is_only_possible_can_be_left_out_but_for_rules_chosen_by_name() -> None:
    assert Selection().shows("host_sync", "warning", "possible")
    assert not Selection(doubtful=False).shows("host_sync", "error", "possible")
    assert Selection(doubtful=False).shows("host_sync", "warning", "likely")
    chosen = Selection(doubtful=False, select=frozenset({"host_sync"}))
    assert chosen.shows("host_sync", "warning", "possible")


def test_a_project_s_severity_replaces_the_rule_s_own() -> None:
    stricter = Selection(severities={"host_sync": "error"}, least="error")
    assert stricter.severity(finding()) == "error"
    assert stricter.severity(finding("data_attribute")) == "warning"


def test_a_finding_of_an_old_record_counts_as_a_warning() -> None:
    assert Selection().severity(finding(severity=None)) == "warning"


def test_severities_are_in_order() -> None:
    assert reaches("error", "warning")
    assert reaches("warning", "warning")
    assert not reaches("info", "warning")


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("*", "a/b.py", True),
        ("src/*.py", "src/deep/down.py", True),
        ("src/*", "other/src/a.py", False),
        ("a.py", "a.py", True),
        ("A.py", "a.py", False),
    ],
)
def test_an_accepted_finding_is_one_of_its_rule_and_its_files(pattern: str, path: str, covered: bool) -> None:
    entry = Accepted("host_sync", "why", Path("/project/pyproject.toml"), path=pattern)
    assert entry.covers("host_sync", Path("/project") / path) is covered
    assert not entry.covers("data_attribute", Path("/project") / path)
    assert not entry.covers("host_sync", Path("/elsewhere") / path)
