"""Every output of a check says what the check says, and nothing that a hostile name wants it to say."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import markdown_it
import pytest
from msgspec import structs

from optreview import plugins, resources
from optreview.records import Held, Part
from optreview.report.check_formats import badge, github, junit, markdown, sarif, text
from optreview.report.check_formats import json as json_format
from tests.report import checks
from tests.report.commands import command
from tests.report.lints import HOSTILE as LINTED

FORMATS = plugins.modules("optreview.report.check_formats")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
DANGEROUS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x9b\u202e]")
PARSER = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = (
    *LINTED,
    "a|b`c``d",
    "-->\n<script>alert(1)</script>",
    "</details><img src=x onerror=1>",
    "[x](javascript:alert(1)) ![y](https://example.com/z.png) @everyone",
    "]]></failure><testcase/>",
    "\\",
    "\ufffe",
    "x" * 10_000,
)


def run_of(found: Any) -> dict[str, Any]:
    (run,) = json.loads(sarif.render(found))["runs"]
    return dict(run)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("module", FORMATS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_no_control_character_gets_out(module: Any, name: str) -> None:
    rendered = module.render(checks.hostile(name))
    assert (CONTROL if module is json_format else DANGEROUS).search(rendered) is None
    rendered.encode()


# ---- text


def test_text_has_the_buffer_its_line_and_both_figures() -> None:
    said = text.render(checks.check(checks.worse(changes=(checks.change(),))))
    assert said == (
        "worse: pack.adam:Adam\n"
        "  worse, float32 default: state 8 B → 12 B per parameter (26.08 GiB more at 7 billion parameters)\n"
        "    slow 0 B → 4 B, made at src/pack/adam.py:24\n"
        "1 optimizer: 1 worse. If it has to be so, 'optreview baseline update' accepts it.\n"
    )


def test_text_has_what_fills_a_budget() -> None:
    held = [f"b{number}" for number in range(9)]
    parts = tuple(Held(key=key, value=1.0) for key in held)
    said = text.render(checks.check(checks.worse(breaches=(checks.breach(parts=parts),))))
    assert "    b3 1 B\n    and 5 other buffers\n" in said
    assert "b4" not in said


@pytest.mark.parametrize("name", HOSTILE)
def test_no_line_of_text_is_a_workflow_command(name: str) -> None:
    lines = text.render(checks.hostile(name)).splitlines()
    assert [line for line in lines if line.strip().startswith("::") or "##[" in line] == []


# ---- JSON


@pytest.mark.parametrize("found", [checks.everything(), checks.check()])
def test_json_follows_the_shipped_schema(found: Any) -> None:
    schema = json.loads(resources.check_schema().read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json_format.render(found)), schema)


# ---- GitHub


def test_github_gets_an_error_at_each_line_that_makes_something_worse() -> None:
    commands = [command(each) for each in github.render(checks.everything()).splitlines()]
    errors = [
        (found[1]["title"].partition(" ")[0], found[1]["line"]) for found in commands if found[0] == "error"
    ]
    assert errors == [
        ("pack.adam:Growing", "40"),
        ("pack.adam:Adam", "24"),
        ("pack.adam:Adam", "31"),
        ("pack.adam:Outside", "50"),
        ("pack.adam:Large", "20"),
    ]
    assert commands[1] == (
        "error",
        {
            "file": "sub/src/pack/adam.py",
            "line": "24",
            "col": "9",
            "title": "pack.adam:Adam takes more memory",
        },
        "float32 default and 1 other run: state 8 B → 12 B per parameter (26.08 GiB more at 7 billion "
        "parameters); slow 0 B → 4 B, made at src/pack/adam.py:24",
    )


def test_github_says_once_what_several_optimizers_have_in_common() -> None:
    commands = [command(each) for each in github.render(checks.everything()).splitlines()]
    others = [(name, values["title"], "line" in values) for name, values, _ in commands if name != "error"]
    assert others == [
        ("warning", "1 optimizer not measured", True),
        ("warning", "2 optimizers incomparable", True),
        ("notice", "1 optimizer new", True),
        ("notice", "1 optimizer gone", False),
    ]
    assert commands[-3][2].splitlines() == [
        "Not compared: torch was 2.12 and is 2.13.",
        "Go back.",
        "pack.adam:Old and pack.adam:Older",
    ]


def test_what_is_made_at_one_line_is_one_annotation() -> None:
    same = checks.peak(figure="first_transient")
    (line,) = github.render(checks.check(checks.worse(changes=(checks.peak(), same)))).splitlines()
    assert [each.partition(" (")[0] for each in command(line)[2].splitlines()] == [
        "float32 default: peak of a later step 0 B → 4 B per parameter",
        "float32 default: peak of the first step 0 B → 4 B per parameter",
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_line_is_one_of_our_commands(name: str) -> None:
    lines = github.render(checks.hostile(name)).splitlines()
    assert {command(each)[0] for each in lines} == {"error", "warning"}
    assert {command(each)[1]["line"] for each in lines} <= {"7"}


def test_nothing_that_differs_is_no_annotation() -> None:
    assert github.render(checks.check(checks.other("a:B", "same"), checks.other("a:C", "better"))) == ""


# ---- Markdown


def rows_of(comment: str) -> list[list[str]]:
    tokens = PARSER.parse(comment)
    cells = [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "td_open"]
    return [cells[start : start + 5] for start in range(0, len(cells), 5)]


def html_of(comment: str) -> list[str]:
    """Everything that a reader of Markdown takes for HTML, or for a link or an image."""
    tokens = PARSER.parse(comment)
    every = [*tokens, *(child for token in tokens for child in token.children or ())]
    found = [each.content for each in every if each.type in {"html_block", "html_inline"}]
    return [*found, *(each.type for each in every if each.type in {"link_open", "image"})]


def test_the_comment_has_a_row_for_each_thing_the_worst_first() -> None:
    comment = markdown.render(checks.everything())
    assert comment.startswith(f"{markdown.MARKER}\n### optreview: 4 of 12 optimizers take more memory\n")
    rows = rows_of(comment)
    assert [row[0].strip("`").rpartition(":")[2] for row in rows] == [
        "Growing",
        "Adam",
        "Adam",
        "Outside",
        "Large",
    ]
    assert rows[1] == [
        "`pack.adam:Adam`",
        "state: slow",
        "8 B → 12 B (float32 default and 1 other run)",
        "26.08 GiB more",
        "`src/pack/adam.py:24` `exp = torch.zeros_like(p)`",
    ]
    assert "torch was 2.12 and is 2.13" in comment
    assert "Odd" not in comment
    assert "Same" not in comment


@pytest.mark.parametrize(
    ("verdict", "headline"),
    [
        ("same", "1 optimizer, none takes more memory"),
        ("better", "1 optimizer, none takes more memory and 1 takes less"),
        ("incomparable", "1 of 1 optimizer could not be compared"),
        ("not-measured", "1 of 1 optimizer could not be compared"),
        ("worse", "1 of 1 optimizer takes more memory"),
    ],
)
def test_the_headline_says_neither_more_nor_less(verdict: str, headline: str) -> None:
    assert (
        markdown.render(checks.check(checks.other("a:B", verdict))).splitlines()[1]
        == f"### optreview: {headline}"
    )


def test_the_comment_names_the_revision_that_it_is_beside() -> None:
    beside = structs.replace(checks.check(checks.worse(changes=(checks.change(),))), against="main<b>")
    last = markdown.render(beside).splitlines()[-1]
    assert "on cpu, beside main\\<b\\>; what is worse" in last
    assert "baseline update" not in last


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name_in_the_comment(name: str) -> None:
    comment = markdown.render(checks.hostile(name))
    usual = markdown.render(checks.hostile("fine"))
    assert html_of(comment) == html_of(usual)
    assert len(rows_of(comment)) == len(rows_of(usual)) == 4
    assert all(len(row) == 5 for row in rows_of(comment))
    assert comment.count(markdown.MARKER) == 1
    assert "@everyone" not in re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", comment), "GitHub would call people"


@pytest.mark.parametrize("letter", ["x", "`", "𝔁", "|", "&"])
def test_the_comment_stays_below_what_github_takes(letter: str) -> None:
    many = [
        checks.worse(
            f"pack:{letter * 500}{number}",
            changes=(checks.change(parts=(Part(key=letter * 900, before=0.0, after=4.0),)),),
            defined=checks.line(3, file=letter * 500, source=letter * 500),
        )
        for number in range(60)
    ]
    lost = [checks.other(f"pack:{number}", "not-measured", letter * 1000) for number in range(60)]
    comment = markdown.render(checks.check(*many, *lost))
    assert len(comment.encode()) <= markdown.LIMIT < 65_536
    rows = rows_of(comment)
    assert 0 < len(rows) <= 20
    assert f"{60 - len(rows)} more that are not as bad are in the log." in comment
    assert re.search(r"^- \d+ more$", comment, re.MULTILINE)
    assert comment.endswith("</sub>\n")


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


# ---- badge


@pytest.mark.parametrize(
    ("verdicts", "message", "color"),
    [
        (["worse", "not-measured", "same"], "1 of 3 worse", "red"),
        (["not-measured", "incomparable"], "1 of 2 not measured", "orange"),
        (["incomparable", "incomparable"], "2 of 2 not compared", "lightgrey"),
        (["same", "better", "added"], "3 optimizers, none worse", "brightgreen"),
    ],
)
def test_a_badge_says_the_worst_of_it(verdicts: list[str], message: str, color: str) -> None:
    found = checks.check(*(checks.other(f"a:B{n}", verdict) for n, verdict in enumerate(verdicts)))
    assert json.loads(badge.render(found)) == {
        "schemaVersion": 1,
        "label": "optimizer memory",
        "message": message,
        "color": color,
    }


def test_what_was_worse_once_only_is_told_as_worse_nowhere() -> None:
    odd = checks.other("a:B", "same", "Once only.", changes=(checks.change(verdict="unsteady"),))
    found = structs.replace(checks.everything(), optimizers=(odd,))
    assert github.render(found) == ""
    assert run_of(found)["results"] == []
    assert rows_of(markdown.render(found)) == []
    assert 'failures="0"' in junit.render(found)
