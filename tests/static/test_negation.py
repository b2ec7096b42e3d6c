"""The opposite of a condition says the same as ``not`` before it, for every value, and reads well."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import libcst as cst
import pytest

from optreview.evidence.static.interpreter.negation import negated
from optreview.evidence.static.source.modules import parsed

if TYPE_CHECKING:
    from optreview.evidence.static.source.modules import Module

READABLE = {
    "a": "not a",
    "not a": "a",
    "a is None": "a is not None",
    "a is not None": "a is None",
    "a == b": "a != b",
    "a in (1, 2)": "a not in (1, 2)",
    "a < b": "not a < b",
    "not a or b is None": "a and b is not None",
    "a and b": "not a or not b",
    "not (a or b)": "a or b",
    "(a and b) or c": "(not a or not b) and not c",
    "not (a or b) or c": "(a or b) and not c",
    "x.y": "not x.y",
    "x['y']": "not x['y']",
    "a if b else c": "not (a if b else c)",
    "-a": "not (-a)",
}


def condition(source: str) -> tuple[Module, cst.BaseExpression]:
    module = parsed("sample", "sample.py", f"if {source}:\n    pass\n".encode())
    statement = module.tree.body[0]
    assert isinstance(statement, cst.If)
    return module, statement.test


@pytest.mark.parametrize(("source", "expected"), list(READABLE.items()))
def test_the_opposite_reads_as_a_person_would_write_it(source: str, expected: str) -> None:
    assert negated(*condition(source)) == expected


OPERANDS = ("a", "not b", "c is None", "a == b", "(a and c)", "not (b or c)", "(a if b else c)")


@pytest.mark.parametrize(("left", "right"), list(itertools.product(OPERANDS, OPERANDS)))
@pytest.mark.parametrize("operator", ["and", "or"])
def test_the_opposite_is_true_exactly_where_the_condition_is_false(
    left: str, operator: str, right: str
) -> None:
    source = f"{left} {operator} {right}"
    opposite = negated(*condition(source))
    for a, b, c in itertools.product((None, 0, 1), repeat=3):
        values = {"a": a, "b": b, "c": c}
        assert bool(eval(opposite, values)) is not bool(eval(source, values)), (opposite, values)
