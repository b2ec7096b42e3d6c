"""Numbers with an expression: computed again they give what Python gave; comparisons are noted."""

from __future__ import annotations

import copy
import math
import operator
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from optreview.evidence.dynamic.rule.program.expression import Expression, Expressions, evaluated
from optreview.evidence.dynamic.rule.program.scalars import (
    Book,
    applied,
    is_symbolic,
    literal,
    plain,
    symbolic,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS = some.one_of(some.integers(-50, 50), some.floats(-1e6, 1e6, allow_nan=False))
BINARY = (
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
)


def book() -> tuple[Book, list[tuple[Expression, bool]]]:
    found: list[tuple[Expression, bool]] = []
    made = Book(Expressions())
    made.on_guard = lambda expression, outcome: found.append((expression, outcome))
    return made, found


def leaf(made: Book, name: str, value: float) -> Any:
    return symbolic(made, made.expressions.leaf(name), value)


def outcome(function: Callable[..., Any], *args: Any) -> tuple[type, str]:
    """The result as it is to the bit, or the exception."""
    try:
        value = plain(function(*args))
    except (ArithmeticError, ValueError) as error:
        return type(error), ""
    return type(value), repr(value)


@given(a=NUMBERS, b=NUMBERS, at=some.sampled_from(BINARY), swapped=some.booleans())
def test_arithmetic_is_pythons_and_can_be_repeated(
    a: float, b: float, at: Callable[..., Any], swapped: bool
) -> None:
    made, _ = book()
    x = leaf(made, "x", a)
    pair = (b, x) if swapped and type(b) is type(a) else (x, b)
    expected = outcome(at, *map(plain, pair))
    assert outcome(at, *pair) == expected
    if not issubclass(expected[0], Exception):
        result = at(*pair)
        if is_symbolic(result):
            assert outcome(evaluated, result.expression, {"x": a}, {}) == expected


@given(a=NUMBERS, b=NUMBERS)
def test_a_formula_follows_other_numbers(a: float, b: float) -> None:
    made, _ = book()

    def formula(x: Any) -> Any:
        return abs(-x) * 3 + (x * x + 1) / 7 - x % 5

    result = formula(leaf(made, "x", a))
    assert repr(evaluated(result.expression, {"x": b}, {})) == repr(formula(b))


def test_comparisons_become_guards_that_other_numbers_may_fail() -> None:
    made, guards = book()
    x = leaf(made, "x", 3)
    assert x > 2
    assert not x == 4  # noqa: SIM201 - the operator is what is tested
    assert x
    assert [(repr(evaluated(e, {"x": 3}, {})), went) for e, went in guards] == [
        ("True", True),
        ("False", False),
        ("True", True),
    ]
    assert evaluated(guards[0][0], {"x": 1}, {}) is False


def test_a_comparison_of_constants_is_no_guard() -> None:
    made, guards = book()
    x = leaf(made, "x", 3)
    assert applied("lt", symbolic(made, made.expressions.constant(1), 1), 2)
    assert not guards
    assert x < 4
    assert len(guards) == 1


def test_a_float_literal_lets_a_symbolic_int_go_first() -> None:
    made, _ = book()
    step = leaf(made, "step", 4)
    assert is_symbolic(literal(2.0) / step)
    assert plain(literal(2.0) / step) == 0.5
    assert type(literal(2.0) * 2.0) is float


def test_equal_expressions_are_the_same_object_and_unequal_zeros_are_not() -> None:
    made, _ = book()
    x = leaf(made, "x", 2.0)
    assert (x * 3).expression is (x * 3).expression
    assert (x * 3).expression is not (x * 3.0).expression
    assert (x * 0.0).expression is not (x * -0.0).expression


def test_copies_keep_the_expression_and_saved_ones_are_plain() -> None:
    made, _ = book()
    x = leaf(made, "x", 2.5)
    assert copy.deepcopy({"lr": x})["lr"] is x
    assert type(pickle.loads(pickle.dumps(x))) is float
    assert {x: 1}[2.5] == 1


def test_mathematics_on_plain_numbers_is_left_alone() -> None:
    assert math.sqrt(literal(4.0)) == 2.0
    with pytest.raises(ZeroDivisionError):
        literal(1.0) / 0
