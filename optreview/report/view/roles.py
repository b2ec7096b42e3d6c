"""What state entries are, in the words of the printed equations: with the names that stand there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import structs

from optreview.frozen import Frozen
from optreview.notation.faults import RuleError
from optreview.notation.parser import statements
from optreview.notation.printer import expression
from optreview.notation.syntax import Average, Branch, Name, Negative, Operation, Update, everything

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.notation.syntax import Statement
    from optreview.records import Equations, StateRole


class RoleLine(Frozen, frozen=True):
    """What is said of one state entry.

    Attributes:
        on: The kind of tensor that it is said of; empty where it holds for all.
        cased: The equations have cases, and it is what one of them does.
        proven: They are what the optimizer computes.
    """

    role: StateRole
    on: str
    cased: bool
    proven: bool


def told(kinds: Iterable[tuple[str, Equations]]) -> tuple[RoleLine, ...]:
    """The roles of all kinds of tensors; what holds for each of them is said once."""
    written = list(kinds)
    lines = [
        line
        for on, equations in written
        for role in as_printed(equations)
        if (line := _line(on, role, equations)) is not None
    ]
    everywhere = [structs.replace(line, on="") for line in lines]
    times = Counter(everywhere)
    pairs = zip(lines, everywhere, strict=True)
    return tuple(dict.fromkeys(bare if times[bare] == len(written) else line for line, bare in pairs))


def _line(on: str, role: StateRole, equations: Equations) -> RoleLine | None:
    """None for what has no role or no line, and for what one of several cases copies: its line says that."""
    if role.kind == "counter":  # the equations write it as t
        return RoleLine(role, "", cased=False, proven=True)
    lines = statements(equations.text)
    # what no line assigns that every step takes, a step may do something else with
    cased = role.name not in _assigned(lines)
    if (
        role.kind == "other"
        or role.name not in _assigned(everything(lines))
        or (role.kind == "copy" and cased)
        or (role.kind == "sum" and role.of == "0")  # what a step leaves as it was adds nothing up
    ):
        return None
    return RoleLine(role, on, cased, proven=equations.proof.verdict == "proven")


def _assigned(lines: Iterable[Statement]) -> set[str]:
    return {line.name for line in lines if isinstance(line, Update)}


def lasting(equations: Equations) -> tuple[StateRole, ...]:
    """The roles as printed, less copies that not every step takes alike: the first is not the latest."""
    roles = as_printed(equations)
    try:
        lines = statements(equations.text) if equations.text else ()
    except RuleError:
        lines = ()
    return tuple(role for role in roles if role.kind != "copy" or _copied_always(role.name, lines))


def _copied_always(name: str, lines: tuple[Statement, ...]) -> bool:
    values = [line.value for line in everything(lines) if isinstance(line, Update) and line.name == name]
    return name in _in_every_case(lines) and all(value == values[0] for value in values)


def _in_every_case(lines: Iterable[Statement]) -> set[str]:
    """What every way through the lines assigns."""
    found: set[str] = set()
    for line in lines:
        if isinstance(line, Update):
            found.add(line.name)
        elif isinstance(line, Branch):
            found |= _in_every_case(line.then) & _in_every_case(line.otherwise)
    return found


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
