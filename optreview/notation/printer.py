"""Writing update rules as text that reads back as the same rule, with no parenthesis too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.notation.parser import (
    ATOM,
    COMPARED,
    NOT,
    OR,
    POWER,
    RIGHT,
    SIGNED,
    STRENGTH,
    SUM,
)
from optreview.notation.syntax import (
    Average,
    Branch,
    Call,
    Comparison,
    Logical,
    Name,
    Negative,
    Not,
    Number,
    Operation,
    Update,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.notation.syntax import Expression, Statement

_INDENT = "    "


def text(lines: tuple[Statement, ...]) -> str:
    """The lines of a rule, one assignment each."""
    return "\n".join(_lines(lines, ""))


def _lines(lines: tuple[Statement, ...], indent: str) -> Iterator[str]:
    for line in lines:
        if isinstance(line, Branch):
            yield f"{indent}if {expression(line.condition)}:"
            yield from _lines(line.then, indent + _INDENT)
            if line.otherwise:
                yield f"{indent}else:"
                yield from _lines(line.otherwise, indent + _INDENT)
        else:
            sign = "←" if isinstance(line, Update) else "="
            yield f"{indent}{line.name} {sign} {_right_side(line.value)}"


def _right_side(value: Expression | Average) -> str:
    if isinstance(value, Average):
        return f"EMA[{expression(value.decay)}]({expression(value.value)})"
    return expression(value)


def expression(node: Expression, weakest: int = OR) -> str:
    """An expression, in parentheses where its operator is weaker than its place needs."""
    strength, written = _written(node)
    return written if strength >= weakest else f"({written})"


def _written(node: Expression) -> tuple[int, str]:
    if isinstance(node, Number):
        return ATOM, _number(node.value)
    if isinstance(node, Name):
        return ATOM, node.name + "'" * node.new
    if isinstance(node, Call):
        axis = "" if node.axis is None else f"[{node.axis}]"
        return ATOM, f"{node.function}{axis}({', '.join(expression(each) for each in node.arguments)})"
    if isinstance(node, Negative):
        return SIGNED, f"-{expression(node.operand, SIGNED)}"
    if isinstance(node, Not):
        return NOT, f"not {expression(node.operand, NOT)}"
    return _joined(node)


def _joined(node: Operation | Comparison | Logical) -> tuple[int, str]:
    sign = _sign(node)
    strength = STRENGTH[sign]
    left = expression(node.left, {POWER: ATOM, COMPARED: SUM}.get(strength, strength))
    right = expression(node.right, RIGHT[strength])
    return strength, f"{left}^{right}" if sign == "^" else f"{left} {sign} {right}"


def _sign(node: Operation | Comparison | Logical) -> str:
    if isinstance(node, Operation):
        return node.operator
    return node.relation if isinstance(node, Comparison) else node.connective


def _number(value: float) -> str:
    whole = value.is_integer() and value < 2**53
    return str(int(value)) if whole else repr(value)
