"""The rules that a rule is nearest to: signs of their formulas are explained, those that stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview.evidence.dynamic.rule.kinship.tree import Node
from optreview.evidence.dynamic.rule.kinship.words import LONG, short
from optreview.records import Kin
from optreview.report.view import related
from tests.judgement.test_identity import evidence
from tests.report.test_page import page

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(
    ("differs", "signs"),
    [
        ("g → EMA[2](g)", ["EMA"]),
        ("previous rec(itself + g) → g", ["rec", "itself", "previous"]),
        ("g → EMA[2](g·outer/rms[0](outer))", ["EMA", "outer", "[0]"]),
        ("g → g/rms[-1](g)", ["[-1]"]),
        ("1/(g² + c) → c + max(abs(g))", ["c"]),
        ("the record is kept", ["kept"]),
        ("g → sign(g)", []),
    ],
)
def test_signs_that_are_no_mathematics_are_explained(differs: str, signs: Sequence[str]) -> None:
    kin = Kin(entry="adam", verdict="graded", structure=0.4, behaviour=0.3, differences=(differs,))
    found = related.build(evidence("Fancy", kin))
    assert found is not None
    assert [sign for sign, _ in found.signs] == list(signs)


def test_what_was_zero_where_two_are_the_same_is_said() -> None:
    kin = Kin(entry="adam", verdict="same", structure=0.3, behaviour=0.0, off=("momentum",))
    found = related.build(evidence("Fancy", kin))
    assert found is not None
    assert found.nearest[0].differs == "nothing: proven the same, with momentum at zero, as by default"


def test_without_an_older_rule_there_is_no_table_of_them() -> None:
    own, later = (Kin(entry=each, verdict="same", structure=0.0, behaviour=0.0) for each in ("sgd", "asgd"))
    assert "nearest rules" not in page(evidence("SGD", own, later))
    assert "each as an implementation of it was read" in page(evidence("ASGD", later, own))


def test_the_last_value_is_told_from_that_of_a_mean_further_out() -> None:
    inner, outer = (
        Node("avg:2", (Node("*", (Node("g", ()), Node(back, ()))),)) for back in ("back:0", "back:1")
    )
    assert short(inner) == "EMA[2](g·itself)"
    assert short(outer) == "EMA[2](g·outer)"


def test_a_formula_is_written_whole_or_not_at_all() -> None:
    g = Node("g", ())
    assert short(Node("+", (g, g))) == "g + g"
    assert short(Node("*", (g,) * 60)) == LONG
    assert short(Node("f", (g,) * 200)) == LONG
