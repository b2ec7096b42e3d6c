"""What state entries are, in the words of the printed equations: with the names that stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from optreview.notation.faults import RuleError
from optreview.notation.parser import statements
from optreview.notation.printer import expression
from optreview.notation.syntax import Average, Name, Negative, Operation, Update

if TYPE_CHECKING:
    from optreview.records import Equations, StateRole


def as_printed(equations: Equations) -> tuple[StateRole, ...]:
    """The roles, each said of what its line says it of; of what the record has where no one line says it."""
    try:
        lines = statements(equations.text) if equations.text else ()
    except RuleError:  # the record may come from elsewhere
        return equations.roles
    updates = {line.name: line for line in lines if isinstance(line, Update)}
    return tuple(_said(role, updates.get(role.name)) for role in equations.roles)


def _said(role: StateRole, line: Update | None) -> StateRole:
    of = _of(role, line) if line else None
    return structs.replace(role, of=of) if of else role


def _of(role: StateRole, line: Update) -> str | None:
    value = line.value
    if isinstance(value, Average):
        return expression(value.value) if role.kind == "mean" else None
    if role.kind == "copy":
        return expression(value)
    if role.kind == "sum" and isinstance(value, Operation) and value.left == Name(role.name):
        if value.operator == "+":
            return expression(value.right)
        if value.operator == "-":
            return expression(Negative(value.right))
    return None
