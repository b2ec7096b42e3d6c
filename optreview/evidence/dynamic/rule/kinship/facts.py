"""Where eps, weight decay and the corrections of the start stand in a rule, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.notation.printer import expression
from optreview.notation.syntax import (
    Average,
    Branch,
    Call,
    Let,
    Name,
    Number,
    Operation,
    Update,
    operands,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.notation.syntax import Expression, Statement

_HALF = 0.5
_NAME = re.compile(r"[A-Za-z_]\w*'?")


@dataclass(frozen=True)
class Occurrence:
    """A name on the right of a line.

    Attributes:
        state: The line is of a state entry.
        rooted: It stands under a root.
        below: It stands in what is divided by.
    """

    name: str
    state: bool
    rooted: bool
    below: bool = False


def eps(subject: Subject) -> str:
    """Where what is against division by zero stands."""
    found = {
        "in a state entry's recurrence, added again in every step"
        if each.state and not each.below
        else "inside the root"
        if each.rooted
        else "outside the root"
        for each in _occurrences(subject.rule.lines)
        if each.name in subject.tiny
    }
    return " and ".join(sorted(found)) or "nowhere"


def weight_decay(subject: Subject) -> str:
    """How weight decay enters; a state line that it stands in says so only beside gradient and parameter."""
    names = set(subject.skeleton.decay)
    decaying, gradient, parameter = (
        roots | _depending(subject.rule.lines, roots) for roots in (names, {"g"}, {"p"})
    )
    read = [
        (line, {each.name for each in _inside(line.value, state=False, rooted=False)})
        for line in _flat(subject.rule.lines)
        if isinstance(line, Update)
    ]
    found = [(line.name, there) for line, there in read if there & decaying]
    if any(name != "p" and there & gradient and there & parameter for name, there in found):
        return "is added to the gradient"
    if found and not subject.skeleton.proportional:
        return "is taken from the parameters as one number, the same for all"
    return "is taken from the parameters" if found else "has no place"


def corrected(subject: Subject) -> frozenset[str]:
    """Names whose power with the number of the step enters: the corrections of a start at zero."""
    return frozenset(_powers(subject.rule.lines))


def cases(subject: Subject) -> tuple[str, ...]:
    """The conditions between which it chooses."""
    return tuple(_conditions(subject.rule.lines))


def shape(condition: str) -> str:
    """A condition without its names."""
    return _NAME.sub("x", condition)


def _conditions(lines: Sequence[Statement]) -> Iterator[str]:
    for line in lines:
        if isinstance(line, Branch):
            yield expression(line.condition)
            yield from _conditions(line.then)
            yield from _conditions(line.otherwise)


def _depending(lines: Sequence[Statement], names: set[str]) -> set[str]:
    found: set[str] = set()
    for line in _flat(lines):
        if not isinstance(line, Update) and any(
            each.name in names | found for each in _inside(line.value, state=False, rooted=False)
        ):
            found.add(line.name)
    return found


def _flat(lines: Sequence[Statement]) -> Iterator[Update | Let]:
    for line in lines:
        if isinstance(line, Branch):
            yield from _flat(line.then)
            yield from _flat(line.otherwise)
        else:
            yield line


def _occurrences(lines: Sequence[Statement]) -> Iterator[Occurrence]:
    for line in _flat(lines):
        state = isinstance(line, Update) and line.name != "p"
        yield from _inside(line.value, state=state, rooted=False)


def _inside(
    node: Expression | Average, *, state: bool, rooted: bool, below: bool = False
) -> Iterator[Occurrence]:
    if isinstance(node, Name):
        yield Occurrence(node.name, state, rooted, below)
    root = isinstance(node, Call) and node.function == "sqrt"
    if isinstance(node, Operation) and node.operator == "^" and isinstance(node.right, Number):
        root = node.right.value == _HALF
    divided = isinstance(node, Operation) and node.operator == "/"
    for index, each in enumerate(operands(node)):
        under = below or (divided and index == 1)
        yield from _inside(each, state=state, rooted=rooted or root, below=under)


def _powers(lines: Sequence[Statement]) -> Iterator[str]:
    for line in _flat(lines):
        yield from _powers_in(line.value)


def _names(node: Expression) -> Iterator[Occurrence]:
    return _inside(node, state=False, rooted=False)


def _powers_in(node: Expression | Average) -> Iterator[str]:
    if isinstance(node, Operation) and isinstance(node.left, Name) and node.operator == "^":
        yield from (node.left.name for each in _names(node.right) if each.name == "t")
    for each in operands(node):
        yield from _powers_in(each)
