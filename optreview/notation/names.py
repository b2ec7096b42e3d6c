"""Which names a rule assigns and reads, and whether every one is assigned before it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optreview.notation import functions
from optreview.notation.faults import RuleError
from optreview.notation.syntax import (
    GRADIENT,
    KEYWORDS,
    MOST_DEPTH,
    PARAMETER,
    STEP,
    Branch,
    Call,
    Let,
    Name,
    Update,
    operands,
)

if TYPE_CHECKING:
    from optreview.notation.syntax import Average, Expression, Statement


@dataclass
class Names:
    """What a rule is about.

    Attributes:
        state: Names that a ``←`` line assigns, the parameter among them.
        lets: Names that a ``=`` line assigns.
        read: Other names that it reads: what the caller has to bring.
        blocks: Functions that are not the language's own.
    """

    state: set[str] = field(default_factory=set)
    lets: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    blocks: set[str] = field(default_factory=set)


@dataclass
class _Reached:
    """What the lines so far have assigned."""

    lets: set[str] = field(default_factory=set)
    new: set[str] = field(default_factory=set)


def names(lines: tuple[Statement, ...]) -> Names:
    """Collect the names of a rule.

    Raises:
        RuleError: A name is assigned twice, is read before it is assigned or may not be assigned; a
            function is called wrongly; an expression is too deep.
    """
    found = Names()
    _assigned(lines, found)
    if clash := sorted(found.state & found.lets):
        raise RuleError(f"{clash[0]!r} is assigned with ← and with =; it is one or the other.")
    _lines(lines, _Reached(), found)
    return found


def _assigned(lines: tuple[Statement, ...], found: Names) -> None:
    for line in lines:
        if isinstance(line, Branch):
            _assigned(line.then, found)
            _assigned(line.otherwise, found)
        else:
            (found.state if isinstance(line, Update) else found.lets).add(line.name)


def _lines(lines: tuple[Statement, ...], reached: _Reached, found: Names) -> None:
    for line in lines:
        if isinstance(line, Branch):
            _branch(line, reached, found)
            continue
        _expression(line.value, line.line, reached, found)
        _assignable(line)
        so_far = reached.new if isinstance(line, Update) else reached.lets
        if line.name in so_far:
            raise RuleError(f"{line.name!r} is assigned a second time in one step.", line.line)
        so_far.add(line.name)


def _branch(line: Branch, reached: _Reached, found: Names) -> None:
    """A state entry that only one case assigns keeps its value in the other; a ``=`` name has none there."""
    _expression(line.condition, line.line, reached, found)
    cases = []
    for part in (line.then, line.otherwise):
        case = _Reached(set(reached.lets), set(reached.new))
        _lines(part, case, found)
        cases.append(case)
    reached.lets |= cases[0].lets & cases[1].lets
    reached.new |= cases[0].new | cases[1].new


def _assignable(line: Update | Let) -> None:
    fixed = {GRADIENT, STEP, *KEYWORDS} | ({PARAMETER} if isinstance(line, Let) else set())
    if line.name in fixed:
        raise RuleError(f"{line.name!r} cannot be assigned.", line.line, 1)


def _expression(root: Expression | Average, line: int, reached: _Reached, found: Names) -> None:
    waiting: list[tuple[Expression | Average, int]] = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise RuleError(f"An expression is more than {MOST_DEPTH} deep.", line)
        if isinstance(node, Name):
            _name(node, line, reached, found)
        elif isinstance(node, Call):
            _call(node, line, found)
        waiting.extend((inner, depth + 1) for inner in reversed(operands(node)))


def _name(node: Name, line: int, reached: _Reached, found: Names) -> None:
    if node.new:
        if node.name not in reached.new:
            fault = f"{node.name}' is read, but no earlier line assigns {node.name!r} with ←."
            raise RuleError(fault, line, node.column)
    elif node.name in found.lets:
        if node.name not in reached.lets:
            raise RuleError(f"{node.name!r} is read before it has a value.", line, node.column)
    elif node.name not in found.state:
        found.read.add(node.name)


def _call(node: Call, line: int, found: Names) -> None:
    if node.function not in functions.FUNCTIONS:
        found.blocks.add(node.function)
    elif fault := functions.misuse(node.function, len(node.arguments), node.axis):
        raise RuleError(fault, line, node.column)
