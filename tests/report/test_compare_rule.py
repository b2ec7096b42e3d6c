"""Update rules side by side: proven equations line by line, nothing of what is not proven."""

from __future__ import annotations

from typing import Any

import pytest

from optreview.records import Option, Review
from optreview.records.rule import Equations, EquationsProof, ProgramProof, UpdateRule
from optreview.report.compare.formats import markdown, text
from tests import samples
from tests.report.pairs import beside, every, made, row

PROVEN = EquationsProof(verdict="proven", error=3e-16, steps=20)
FAILED = EquationsProof(verdict="unproven", error=0.5, steps=20)
ADAMLIKE = "m ← EMA[beta1](g)\np ← p - lr * m'"
SIGNED = "m ← EMA[beta1](g)\nu = sign(m')\np ← p - lr * u"


def ruled(*texts: tuple[int, str], proof: EquationsProof = PROVEN, **more: Any) -> Review:
    equations = tuple(Equations(dimensions=each, text=said, proof=proof) for each, said in texts)
    program = ProgramProof(verdict="proven", steps=20, agreed=20)
    return made(dynamic=samples.dynamic(rule=UpdateRule(program=program, equations=equations, **more)))


def test_nothing_is_said_of_rules_before_there_is_evidence() -> None:
    found = beside(made(), made())
    assert "rule" not in {each.id for each in found.sections}
    for page in (markdown.render(found), text.render(found)):
        assert "quation" not in page
        assert "Update rule" not in page


def test_equations_stand_beside_each_other_by_the_name_they_assign() -> None:
    found = beside(
        ruled((2, ADAMLIKE), settings=(Option(name="weight_decay", value="0.1"),)), ruled((2, SIGNED))
    )
    rows = [each for name, each in every(found) if name.startswith("rule.equations:2.")]
    assert [(each.id, each.a.value, each.b.value, each.relation) for each in rows] == [
        ("p", "← p - lr * m'", "← p - lr * u", "differs"),
        ("m", "← EMA[beta1](g)", "← EMA[beta1](g)", "equal"),
        ("u", None, "= sign(m')", "differs"),
    ]
    page = markdown.render(found)
    assert "| `p` | `← p - lr * m'` | `← p - lr * u` |" in page
    assert "| `u` | none | `= sign(m')` |" in page
    assert "Written alike: `m ← EMA[beta1](g)`." in page
    assert "| Recorded with | weight\\_decay=0.1 | its defaults |" in page
    assert "| Run as equations | proven (error 3e-16) | proven (error 3e-16) |" in page
    assert "- **Update rule:** 1 of 3 equations is written alike; apart: `p` and `u`." in page


def test_what_is_not_proven_is_not_shown() -> None:
    found = beside(ruled((2, ADAMLIKE)), ruled((2, SIGNED), proof=FAILED))
    for name in ("p", "m"):
        each = row(found, "rule", "equations:2", name)
        assert (each.b.presence, each.b.value, each.relation) == ("not-measured", None, "not-compared")
    assert row(found, "rule", "proof", "equations").b.value == "unproven"
    page = markdown.render(found)
    assert "sign(" not in page
    assert "| Run as equations | proven (error 3e-16) | unproven (error 0.5) |" in page
    assert "**Update rule:**" not in page


def test_a_record_from_before_rules_were_recorded_has_none() -> None:
    found = beside(made(), ruled((2, ADAMLIKE)))
    assert row(found, "rule", "equations:2", "p").a.presence == "not-measured"
    assert row(found, "rule", "proof", "program").relation == "not-compared"


def test_a_vector_has_a_table_of_its_own_only_where_its_equations_differ() -> None:
    found = beside(ruled((2, ADAMLIKE), (1, SIGNED)), ruled((2, ADAMLIKE)))
    vector = row(found, "rule", "equations:1", "p")
    assert (vector.a.value, vector.b.value) == ("← p - lr * u", "← p - lr * m'")
    alike = beside(ruled((2, ADAMLIKE), (1, ADAMLIKE)), ruled((2, ADAMLIKE)))
    assert {name.split(".")[1] for name, _ in every(alike) if name.startswith("rule.")} == {
        "proof",
        "equations:2",
    }


def test_a_name_that_is_assigned_twice_keeps_both() -> None:
    found = beside(ruled((2, "p ← p - g\np ← 2 * p")), ruled((2, ADAMLIKE)))
    assert row(found, "rule", "equations:2", "p").a.value == "← p - g; ← 2 * p"


@pytest.mark.parametrize(
    "said", ["", "\n\n", "no assignment", "← p", "p←g", "p ← `|<b>` **x**", "| = {{ 7 * 7 }}"]
)
def test_a_text_of_any_kind_does_no_harm(said: str) -> None:
    for found in (
        beside(ruled((2, said)), ruled((2, ADAMLIKE))),
        beside(ruled((2, ADAMLIKE)), ruled((2, said))),
    ):
        page = markdown.render(found)
        tables = [line.replace("\\|", "").count("|") for line in page.splitlines() if line.startswith("|")]
        assert set(tables) <= {4, 5}
        assert "49" not in page
        assert text.render(found)
