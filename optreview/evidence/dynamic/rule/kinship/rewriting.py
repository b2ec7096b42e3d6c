"""Rules with something replaced: the same lines with other expressions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optreview.notation.syntax import (
    Average,
    Branch,
    Call,
    Name,
    Negative,
    Not,
    Number,
    Update,
    operands,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from optreview.notation.syntax import Expression, Statement

    #: What stands in the place of an expression; None for itself.
    Change = Callable[[Expression], Expression | None]

Lines = tuple["Statement", ...]


def everywhere(lines: Sequence[Statement], change: Change) -> Lines:
    """Every expression changed that can be, from the inside out."""
    return tuple(_statement(line, change) for line in lines)


def swapped(lines: Sequence[Statement], old: Expression, new: Expression) -> Lines:
    """Every occurrence of an expression replaced by another."""
    return everywhere(lines, lambda node: new if node == old else None)


def one_by_one(lines: Sequence[Statement], change: Change) -> Iterator[Lines]:
    """The rules in which one expression alone is changed."""
    for index in range(_count(lines, change)):
        left = [index]

        def once(node: Expression, left: list[int] = left) -> Expression | None:
            changed = change(node)
            if changed is None:
                return None
            left[0] -= 1
            return changed if left[0] == -1 else None

        yield everywhere(lines, once)


def line_by_line(lines: Sequence[Statement], change: Change) -> Iterator[Lines]:
    """The rules in which one line alone is changed, everywhere in it."""
    for index, line in enumerate(lines):
        changed = _statement(line, change)
        if changed != line:
            yield (*lines[:index], changed, *lines[index + 1 :])


def names_in(node: Expression | Average) -> Iterator[Name]:
    """Every name that an expression reads."""
    if isinstance(node, Name):
        yield node
    for each in operands(node):
        yield from names_in(each)


def expressions(lines: Sequence[Statement]) -> Iterator[Expression]:
    """Every expression of a rule, the whole before its parts."""
    for line in lines:
        if isinstance(line, Branch):
            yield from _inside(line.condition)
            yield from expressions((*line.then, *line.otherwise))
        else:
            for each in operands(line.value) if isinstance(line.value, Average) else (line.value,):
                yield from _inside(each)


def _inside(node: Expression) -> Iterator[Expression]:
    yield node
    for each in operands(node):
        yield from _inside(each)


def _count(lines: Sequence[Statement], change: Change) -> int:
    found = [0]

    def counting(node: Expression) -> None:
        found[0] += change(node) is not None

    everywhere(lines, counting)
    return found[0]


def _statement(line: Statement, change: Change) -> Statement:
    if isinstance(line, Branch):
        return replace(
            line,
            condition=_expression(line.condition, change),
            then=everywhere(line.then, change),
            otherwise=everywhere(line.otherwise, change),
        )
    if isinstance(line, Update) and isinstance(line.value, Average):
        decay, value = (_expression(each, change) for each in operands(line.value))
        return replace(line, value=Average(decay, value))
    return replace(line, value=_expression(line.value, change))  # type: ignore[arg-type]


def _expression(node: Expression, change: Change) -> Expression:
    made: Expression
    if isinstance(node, Number | Name):
        made = node
    elif isinstance(node, Call):
        made = replace(node, arguments=tuple(_expression(each, change) for each in node.arguments))
    elif isinstance(node, Negative | Not):
        made = replace(node, operand=_expression(node.operand, change))
    else:
        left, right = _expression(node.left, change), _expression(node.right, change)
        made = replace(node, left=left, right=right)
    changed = change(made)
    return made if changed is None else changed
