"""The parts that an update rule is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Names with a meaning of their own: gradient, parameter and number of the step.
GRADIENT, PARAMETER, STEP = "g", "p", "t"
KEYWORDS = frozenset({"if", "else", "and", "or", "not", "inf"})
#: Nesting of expressions; every level takes some frames of Python's stack.
MOST_DEPTH = 100

Arithmetic = Literal["+", "-", "*", "/", "@", "^"]
Relation = Literal["<", "<=", ">", ">=", "==", "!="]
Connective = Literal["and", "or"]


@dataclass(frozen=True)
class Number:
    """A number that is not negative: a minus is an operation."""

    value: float

    def __post_init__(self) -> None:
        if math.isnan(self.value) or math.copysign(1.0, self.value) < 0:
            raise ValueError(f"{self.value} is no number of the language: write a minus before it.")


@dataclass(frozen=True)
class Name:
    """A name on the right of a line.

    Attributes:
        new: Written with ``'``: the value that an earlier line of this step has assigned.
    """

    name: str
    new: bool = False
    column: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Negative:
    """A minus before an expression."""

    operand: Expression


@dataclass(frozen=True)
class Operation:
    """Two expressions with an operator between them; ``^`` groups to the right, the others to the left."""

    operator: Arithmetic
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Comparison:
    """True or false for every element."""

    relation: Relation
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Logical:
    """``and`` or ``or`` of two conditions, element by element."""

    connective: Connective
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    operand: Expression


@dataclass(frozen=True)
class Call:
    """A function of the language, or a named block whose implementation the caller brings.

    Attributes:
        axis: The dimension to reduce over, kept with size 1; None for all elements.
    """

    function: str
    arguments: tuple[Expression, ...]
    axis: int | None = None
    column: int = field(default=0, compare=False)


Expression = Number | Name | Negative | Operation | Comparison | Logical | Not | Call


@dataclass(frozen=True)
class Average:
    """``EMA[decay](value)``: decay · old + (1 - decay) · value."""

    decay: Expression
    value: Expression


@dataclass(frozen=True)
class Update:
    """``name ← value``: a state entry, or the parameter, gets its new value."""

    name: str
    value: Expression | Average
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Let:
    """``name = value``: a name for an intermediate value of this step."""

    name: str
    value: Expression
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Branch:
    """``if condition:`` with its lines, and those of ``else:``."""

    condition: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] = ()
    line: int = field(default=0, compare=False)


Statement = Update | Let | Branch


def everything(lines: Iterable[Statement]) -> Iterator[Statement]:
    """Every line, those of cases after the one that asks."""
    for each in lines:
        yield each
        if isinstance(each, Branch):
            yield from everything((*each.then, *each.otherwise))


def operands(node: Expression | Average) -> tuple[Expression, ...]:
    """The expressions directly inside an expression."""
    if isinstance(node, (Number, Name)):
        return ()
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Average):
        return (node.decay, node.value)
    return (node.operand,) if isinstance(node, (Negative, Not)) else (node.left, node.right)
