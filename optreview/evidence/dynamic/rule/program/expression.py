"""Scalars as expressions: what Python computed with numbers, kept so that it can be computed again."""

from __future__ import annotations

import builtins
import math
import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Number = int | float

#: Operations on numbers, by name; ``max`` and ``min`` take any number of them.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")},
    **{name: getattr(operator, name) for name in ("neg", "pos", "abs", "lt", "le", "gt", "ge", "eq", "ne")},
    **{name: getattr(operator, name) for name in ("and_", "or_", "xor", "lshift", "rshift", "invert")},
    **{name: getattr(builtins, name) for name in ("max", "min", "float", "int", "round")},
    **{f"math.{name}": value for name, value in vars(math).items() if callable(value)},
}


class Expression:
    """A node of an expression; equal ones are the same object as long as one ``Expressions`` made them.

    Attributes:
        op: ``leaf`` (a place, such as ``group.0.lr``), ``constant``, ``item`` (what was read from a tensor),
            or a name in ``FUNCTIONS``.
        args: Expressions; for the first three the place, the number, or the number of the reading.
    """

    __slots__ = ("args", "op")

    def __init__(self, op: str, args: tuple[Any, ...]) -> None:
        self.op = op
        self.args = args

    @property
    def constant(self) -> bool:
        """Whether it is a number."""
        return self.op == "constant"

    @property
    def operands(self) -> tuple[Expression, ...]:
        """The expressions that it is computed from."""
        return () if self.op in LEAVES else self.args

    def __repr__(self) -> str:
        return f"{self.op}({', '.join(map(repr, self.args))})"


LEAVES = frozenset({"leaf", "constant", "item"})


class Expressions:
    """Makes expressions, each once."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Expression] = {}

    def constant(self, value: Number) -> Expression:
        """A number; 1, 1.0 and True are different ones, and so are both zeros."""
        return self._made("constant", (value,), (type(value), repr(value)))

    def leaf(self, place: str) -> Expression:
        """The number at a place before the step."""
        return self._made("leaf", (place,), (place,))

    def item(self, reading: int) -> Expression:
        """The number that was read from a tensor."""
        return self._made("item", (reading,), (reading,))

    def apply(self, op: str, *args: Expression, value: Number) -> Expression:
        """An operation; on numbers alone it is the number ``value``."""
        if all(each.constant for each in args):
            return self.constant(value)
        return self._made(op, args, tuple(map(id, args)))

    def _made(self, op: str, args: tuple[Any, ...], key: tuple[object, ...]) -> Expression:
        found = self._known.get((op, *key))
        if found is None:
            found = self._known[op, *key] = Expression(op, args)
        return found


def evaluated(expression: Expression, places: Mapping[str, Number], readings: Mapping[int, Number]) -> Any:  # noqa: ANN401 - a number or a truth value
    """Compute it as Python did, operation by operation.

    Raises:
        KeyError: A place is empty.
        ArithmeticError: The operation has no result.
    """
    if expression.op == "constant":
        return expression.args[0]
    if expression.op == "leaf":
        return places[expression.args[0]]
    if expression.op == "item":
        return readings[expression.args[0]]
    operands = [evaluated(each, places, readings) for each in expression.args]
    return FUNCTIONS[expression.op](*operands)


def leaves(expression: Expression) -> Iterator[Expression]:
    """Every place and reading in it."""
    if expression.op in {"leaf", "item"}:
        yield expression
    for each in expression.operands:
        yield from leaves(each)
