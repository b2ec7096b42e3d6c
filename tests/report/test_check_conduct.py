"""What a project has to ask for, and families of shapes, in every output of a check."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema

from optreview import resources
from optreview.report.check_formats import badge, github, junit, markdown, sarif, text
from optreview.report.check_formats import json as json_format
from tests.report import checks
from tests.report.commands import command
from tests.report.hostile import rows_of, run_of


def test_text_says_what_was_seen_and_where() -> None:
    said = text.render(checks.conduct())
    assert (
        "  worse, float32 default: state of convolutions 8 B → 12 B for each of their parameters (26.08 GiB "
        "more at 7 billion parameters in convolutions)\n"
        "    slow 0 B → 4 B, made at src/pack/adam.py:24\n"
    ) in said
    assert (
        "state 8 B → 12 B per parameter, in matrices only (26.08 GiB more at 7 billion parameters)\n" in said
    )
    assert (
        "  over budget, vit-large in bfloat16 on cuda: steady_transient = '32 MiB' on vit-large for * is "
        "32.00 MiB, and it takes 48.00 MiB (peak of temporaries in a later step), made at "
        "src/pack/adam.py:70\n"
    ) in said
    assert (
        "  worse: the probe lr_in_groups passed and fails now: A parameter group has no lr, at "
        "src/pack/adam.py:80\n"
    ) in said
    assert (
        "  worse: the rule host_sync 1 → 2 findings: It reads a tensor back\n"
        "    new at src/pack/adam.py:90: x.item()\n"
    ) in said
    assert "  unsteady: the probe lr_in_groups passed and fails now" in said
    assert said.endswith("accepts it. The baseline is old.\n")


def test_json_follows_the_shipped_schema() -> None:
    schema = json.loads(resources.check_schema().read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json_format.render(checks.conduct())), schema)


def test_github_has_an_error_at_the_line_of_each() -> None:
    errors = [command(each)[1] for each in github.render(checks.conduct()).splitlines()]
    assert [(each["title"], each["line"]) for each in errors] == [
        ("pack.adam:Conv takes more memory", "24"),
        ("pack.adam:Matrix takes more memory", "24"),
        ("pack.adam:Model takes more memory", "70"),
        ("pack.adam:Probe is worse", "80"),
        ("pack.adam:Lint is worse", "90"),
    ]


def test_the_comment_has_a_row_for_each() -> None:
    comment = markdown.render(checks.conduct())
    assert comment.splitlines()[1] == "### optreview: 5 of 6 optimizers are worse"
    assert [row[1:3] for row in rows_of(comment)] == [
        ["state of convolutions: slow", "8 B → 12 B (bfloat16 default and 1 other run)"],
        ["state in matrices only: slow", "8 B → 12 B (float32 default)"],
        [
            "over budget: steady\\_transient = '32 MiB' on vit-large for \\*",
            "32.00 MiB → 48.00 MiB in all (vit-large in bfloat16 on cuda and 1 other run)",
        ],
        ["fails the probe lr\\_in\\_groups", "pass → fail"],
        ["lint: host\\_sync", "1 → 2 findings"],
    ]


def test_sarif_has_rules_of_their_own(sarif_schema: Any) -> None:
    log = json.loads(sarif.render(checks.conduct()))
    assert [error.message for error in sarif_schema.iter_errors(log)] == []
    run = run_of(checks.conduct())
    rules = {each["id"]: each for each in run["tool"]["driver"]["rules"]}
    results = run["results"]
    kinds = ["memory_family", "memory_state", "memory_budget", "probe_failed", "lint_more"]
    assert [each["ruleId"] for each in results] == kinds
    assert "memory" in rules["memory_family"]["properties"]["tags"]
    assert "memory" not in rules["probe_failed"]["properties"]["tags"]
    assert len({each["partialFingerprints"][sarif.FINGERPRINT] for each in results}) == 5


def test_junit_fails_each_by_its_kind() -> None:
    (suite,) = ET.fromstring(junit.render(checks.conduct()))
    found = {case.get("name"): case.find("failure") for case in suite.findall("testcase")}
    kinds = {name: None if each is None else each.get("type") for name, each in found.items()}
    assert kinds == {
        "Conv": "family",
        "Matrix": "state",
        "Model": "budget",
        "Probe": "probe_failed",
        "Lint": "lint_more",
        "Once": None,
    }


def test_a_badge_counts_them() -> None:
    assert json.loads(badge.render(checks.conduct()))["message"] == "5 of 6 worse"
