"""Every output of the linter says what the run says, and nothing that a hostile name wants it to say."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from rich.console import Console

from optreview import plugins, resources
from optreview.evidence.static import rules
from optreview.records import Position
from optreview.report import lint_terminal
from optreview.report.lint_formats import github, sarif, text
from optreview.report.lint_formats import json as json_format
from tests.report import lints
from tests.report.commands import command
from tests.report.lints import HOSTILE

if TYPE_CHECKING:
    from optreview.records import Lint

FORMATS = plugins.modules("optreview.report.lint_formats")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
DANGEROUS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x9b\u202e]")


def run_of(found: Lint) -> dict[str, Any]:
    runs: list[dict[str, Any]] = json.loads(sarif.render(found))["runs"]
    (run,) = runs
    return run


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("module", FORMATS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_no_control_character_gets_out(module, name):
    rendered = module.render(lints.hostile(name))
    # JSON is data, and keeps a name as it is; what a person reads shows no text in another order.
    assert (CONTROL if module is json_format else DANGEROUS).search(rendered) is None
    rendered.encode()


# ---- text


def test_text_is_a_line_an_issue_and_a_summary():
    assert text.render(lints.everything()) == (
        "broken.py:3:7: error: syntax error: '(' was never closed.\n"
        "src/optim.py:12:9: warning host_sync `item` reads a tensor back to the host.\n"
        "src/optim.py:13:9: error data_attribute `item` reads a tensor back to the host.\n"
        "src/optim.py:14:9: info undocumented_parameter `item` reads a tensor back to the host.\n"
        "/elsewhere/other file.py:12:9: warning host_sync `item` reads a tensor back to the host.\n"
        "1 error, 2 warnings and 1 note in 2 optimizers of 1 file. 2 findings kept on purpose. "
        "3 more with --all. 1 optimizer was not read to the end; the JSON says why. "
        "1 file could not be linted.\n"
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_no_line_of_text_is_a_workflow_command(name):
    lines = text.render(lints.hostile(name)).splitlines()
    assert len(lines) == 3, "an issue, an unread file and the summary"
    assert [line for line in lines if line.strip().startswith("::") or "##[" in line] == []


def test_what_was_found_is_counted_also_when_it_is_nothing():
    assert text.summary(lints.lint()) == "No findings in 1 optimizer of 1 file."
    assert text.summary(lints.lint(classes=())) == "No optimizer was found."


def test_statistics_are_the_counts_the_most_frequent_first():
    found = lints.lint(lints.issue(), lints.issue(line=13), lints.issue(rule="data_attribute"))
    assert text.statistics(found).splitlines() == [
        "2 warning host_sync",
        "1 warning data_attribute",
        "3 warnings in 1 optimizer of 1 file.",
    ]


def shown(found: Lint, width: int = 80) -> list[str]:
    stream = io.StringIO()
    lint_terminal.show(found, Console(file=stream, width=width, highlight=False, markup=False))
    return stream.getvalue().splitlines()


def test_a_terminal_shows_the_line_with_carets_under_the_place():
    _, source, carets, _ = shown(lints.lint(lints.issue()))
    assert source == "    12 | p.norm().item()"
    assert carets == "       | ^^^^^^^^^^^^^^"


def test_tabs_and_control_characters_keep_the_carets_in_place():
    found = lints.issue(source="\tx\x1b = p.item()", column=7, end=Position(line=12, column=15))
    _, source, carets, _ = shown(lints.lint(found))
    assert source[carets.index("^") : carets.rindex("^") + 1] == "p.item()"


@pytest.mark.parametrize("column", [1, 30, 190, 400])
def test_a_long_line_is_cut_around_the_place(column):
    source = ("x" * (column - 1) + "HERE" + "y" * 300)[:240]
    found = lints.issue(source=source, column=column, end=Position(line=12, column=column + 4))
    lines = shown(lints.lint(found))
    assert all(len(line) <= 80 for line in lines[1:-1])
    if column < len(source):
        assert "HERE" in lines[1]
        assert lines[1].index("HERE") == lines[2].index("^^^^")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_terminal_shows_no_control_characters(name):
    assert DANGEROUS.search("\n".join(shown(lints.hostile(name)))) is None


# ---- JSON


@pytest.mark.parametrize("found", [lints.everything(), *(lints.hostile(name) for name in HOSTILE)])
def test_json_follows_the_shipped_schema(found):
    schema = json.loads(resources.lint_schema().read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    written = json.loads(json_format.render(found))
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(written)) == []
    assert written["issues"][-1]["kept"] == found.issues[-1].kept or written["issues"][-1]["kept"]["reason"]


# ---- GitHub


def test_github_gets_an_annotation_for_each_open_issue():
    commands = [command(line) for line in github.render(lints.everything()).splitlines()]
    assert [name for name, _, _ in commands] == ["error", "warning", "error", "notice", "warning"]
    assert commands[1] == (
        "warning",
        {
            "file": "sub/dir/src/optim.py",
            "line": "12",
            "col": "9",
            "endLine": "12",
            "endColumn": "23",
            "title": "optreview host_sync",
        },
        "`item` reads a tensor back to the host.",
    )
    assert commands[4][1]["file"] == "/elsewhere/other file.py"


@pytest.mark.parametrize("name", [name for name in HOSTILE if not DANGEROUS.search(name.replace("\r", ""))])
def test_a_hostile_name_forges_no_command_and_arrives_as_it_is(name):
    lines = github.render(lints.hostile(name)).splitlines()
    assert [command(line)[0] for line in lines] == ["error", "warning"]
    assert {command(line)[1]["file"] for line in lines} == {f"{name}.py"}


# ---- SARIF


@pytest.mark.parametrize(
    "found", [lints.lint(), lints.everything(), *(lints.hostile(name) for name in HOSTILE)]
)
def test_sarif_follows_the_official_schema(sarif_schema, found):
    assert [error.message for error in sarif_schema.iter_errors(json.loads(sarif.render(found)))] == []


def test_the_official_schema_refuses_what_is_no_sarif(sarif_schema):
    log = json.loads(sarif.render(lints.everything()))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not sarif_schema.is_valid(log)


def test_sarif_describes_every_rule_that_ran_with_help():
    everything = tuple(rule.id for rule in rules.everything())
    described = run_of(lints.lint(rules=everything))["tool"]["driver"]["rules"]
    assert tuple(rule["id"] for rule in described) == everything
    for rule in described:
        assert rule["help"]["text"].count("\n") > 2
        assert "```python" in rule["help"]["markdown"]
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}


def test_sarif_results_carry_level_place_and_fingerprint():
    run = run_of(lints.everything())
    first, second, third, *_ = run["results"]
    assert [result["level"] for result in (first, second, third)] == ["warning", "error", "note"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "sub/dir/src/optim.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {
        "startLine": 12,
        "startColumn": 9,
        "endLine": 12,
        "endColumn": 23,
        "snippet": {"text": "        p.norm().item()"},
    }
    assert list(first["partialFingerprints"].values()) == ["0" * 32 + ":1"]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"]
    assert "endLine" not in second["locations"][0]["physicalLocation"]["region"]


def test_sarif_says_what_is_suppressed_where_and_why():
    suppressions = [result["suppressions"] for result in run_of(lints.everything())["results"]]
    assert suppressions[:3] == [[], [], []], "an empty list says: not suppressed"
    assert suppressions[3:5] == [
        [{"kind": "inSource", "status": "accepted", "justification": "the loss is needed"}],
        [{"kind": "external", "status": "accepted", "justification": "as published"}],
    ]


def test_sarif_tells_of_files_and_classes_that_were_not_read():
    (invocation,) = run_of(lints.everything())["invocations"]
    assert invocation["executionSuccessful"] is False
    levels = [(note["level"], note["message"]["text"]) for note in invocation["toolExecutionNotifications"]]
    assert levels == [
        ("error", "syntax error: '(' was never closed."),
        ("note", "optim:Half was not read to its end. The base was not read."),
    ]


@pytest.mark.parametrize(
    ("file", "prefix", "uri"),
    [
        ("a b/ü#?.py", "", "a%20b/%C3%BC%23%3F.py"),
        ("we:ird.py", "", "we%3Aird.py"),
        ("../up.py", "sub", "up.py"),
        ("/abs/x y.py", "sub", "file:///abs/x%20y.py"),
    ],
)
def test_addresses_in_sarif_are_valid_uris(file, prefix, uri):
    (result,) = run_of(lints.lint(lints.issue(file=file), prefix=prefix))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
