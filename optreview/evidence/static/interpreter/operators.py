"""What operators and comparisons give for abstract values."""

from __future__ import annotations

import re

import libcst as cst

from optreview.evidence.static.interpreter.code_values import Foreign, Function, Instance
from optreview.evidence.static.interpreter.holders import Mapping, Sequence
from optreview.evidence.static.interpreter.queries import constant, derived
from optreview.evidence.static.interpreter.values import (
    EMPTY,
    NULL,
    Const,
    Marker,
    Shape,
    Tensor,
    Text,
    Value,
    join,
    only,
)

#: Strings and lists that are put together are followed up to this many characters or elements.
_LONGEST = 1000


def comparisons(node: cst.BaseExpression) -> list[cst.Comparison]:
    """The comparisons that a condition combines."""
    if type(node) is cst.Comparison:
        return [node]
    if type(node) is cst.BooleanOperation:
        return [*comparisons(node.left), *comparisons(node.right)]
    if type(node) is cst.UnaryOperation:
        return comparisons(node.expression)
    return []


def texts(value: Value) -> tuple[str, ...]:
    """Source texts of the constants that a value holds, when it holds nothing else."""
    for atom in value:
        known: list[Value] = []
        if isinstance(atom, Sequence) and atom.items and not atom.rest:
            known = atom.items
        elif isinstance(atom, Mapping) and not atom.rest:
            known = [only(Const(key)) for key in atom.entries]
        found = [constant(item) for item in known]
        if found and all(entry is not None for entry in found):
            return tuple(repr(entry.value) for entry in found if entry is not None)
    return ()


def holds_tensor(value: Value) -> bool:
    """Whether a value can be a tensor."""
    return any(isinstance(atom, Tensor) for atom in value)


def either(left: Value, right: Value) -> Value:
    """``a or b``: one of the two when they are objects, else a scalar that depends on both."""
    objects = (Tensor, Sequence, Mapping, Function, Instance, Foreign, Marker, Shape)
    if any(isinstance(atom, objects) for atom in right):
        both = join(left, right)
        kept = frozenset(atom for atom in both if isinstance(atom, objects))
        return (
            kept
            if all(isinstance(atom, objects) or atom == Const(None) for atom in both)
            else join(kept, derived([both]))
        )
    return derived([left, right])


def added(left: Value, right: Value) -> Value | None:
    """What ``+`` gives for strings and lists; None for anything else."""
    known = constant(left), constant(right)
    if all(entry is not None and isinstance(entry.value, str) for entry in known):
        return concatenate(left, right)
    if any(isinstance(atom, Text) for atom in left | right):
        return concatenate(left, right)
    held = [atom for side in (left, right) for atom in side if isinstance(atom, Sequence)]
    if held:
        rest = join(EMPTY, *(atom.rest for atom in held))
        count = sum(len(atom.items or ()) for atom in held)
        if (
            count <= _LONGEST
            and len(held) == 2
            and all(atom.items is not None for atom in held)
            and len(left) == len(right) == 1
        ):
            return only(Sequence([*(held[0].items or ()), *(held[1].items or ())], rest))
        return only(Sequence(None, join(EMPTY, *(atom.element() for atom in held))))
    return None


def concatenate(left: Value, right: Value) -> Value:
    """Joined strings, as far as they are known."""
    made: set[Const | Text] = set()
    for head in left:
        for tail in right:
            text = _plain(head) + _plain(tail)
            made.add(known_text(text))
    return frozenset(made)


def known_text(text: str) -> Const | Text:
    """A string in which unknown stretches are ``*``; nothing is known of one that grows without end."""
    if len(text) > _LONGEST:
        return Text("*")
    return Text(text) if "*" in text else Const(text)


def _plain(atom: object) -> str:
    if isinstance(atom, Const) and isinstance(atom.value, str):
        return atom.value
    return atom.pattern if isinstance(atom, Text) else "*"


def decided(operator: cst.BaseCompOp, left: Value, right: Value) -> bool | None:
    """The outcome of a comparison that the abstract values settle."""
    if (type(operator) is cst.Is or type(operator) is cst.IsNot) and right == NULL:
        answers = {_is_none(atom) for atom in left}
        if len(answers) == 1 and (answer := answers.pop()) is not None:
            return answer is (type(operator) is cst.Is)
        return None
    first, second = constant(left), constant(right)
    if first is not None and second is not None:
        if type(operator) is cst.Equal or type(operator) is cst.Is:
            return first.value == second.value
        if type(operator) is cst.NotEqual or type(operator) is cst.IsNot:
            return first.value != second.value
    if first is not None and (type(operator) is cst.In or type(operator) is cst.NotIn):
        held = texts(right) if len(right) == 1 and not _grows(right) else ()
        if held:
            return (repr(first.value) in held) is (type(operator) is cst.In)
    return None


def _grows(value: Value) -> bool:
    """Whether a dictionary was filled after it was made: then not every key is always there."""
    return any(isinstance(atom, Mapping) and atom.grown for atom in value)


def _is_none(atom: object) -> bool | None:
    if isinstance(atom, Const):
        return atom.value is None
    if isinstance(atom, Tensor):  # a gradient may be missing, state may not be there yet
        return None if atom.role in {"gradient", "state"} else False
    return False if isinstance(atom, Sequence | Mapping | Function | Instance | Text) else None


def _filled(text: str, arguments: list[Value], keywords: dict[str, Value]) -> Const | Text:
    """``text.format(…)`` with what is known of the arguments."""
    made, position = "", 0
    for part in re.split(r"(\{[^{}]*\})", text):
        if not part.startswith("{"):
            made += part
            continue
        name = re.split(r"[:!.\[]", part[1:-1])[0]
        value = keywords.get(name, EMPTY)
        if name.isdigit() or not name:
            index = int(name) if name else position
            position += 1
            value = arguments[index] if index < len(arguments) else EMPTY
        known = constant(value)
        made += str(known.value) if known is not None else "*"
    return known_text(made)


def string_method(atom: Const | Text, name: str, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """What a method of a string gives, as far as the string is known."""
    text = atom.pattern if isinstance(atom, Text) else atom.value
    if name == "format" and isinstance(text, str):
        return only(_filled(text, arguments, keywords))
    return only(Text("*")) if name != "strip" else only(atom)
