"""What GitHub shows of a check: annotations, a comment on the pull request."""

from __future__ import annotations

import re

import pytest
from msgspec import structs

from optreview.records import Part
from optreview.report.check_formats import github, markdown
from tests.report import checks
from tests.report.commands import command
from tests.report.hostile import HOSTILE, html_of, rows_of

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
    assert len(rows_of(comment)) == len(rows_of(usual)) == 7
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
