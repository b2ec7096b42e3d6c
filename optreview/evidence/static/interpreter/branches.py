"""Where paths part and meet: joining variables, and remembering which branch gave which value.

A value that depends on an option is often used under a later test of the same option. Forgetting which branch
gave it would blame one branch for what only the other does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.interpreter.values import EMPTY, NULL, Const, Tensor, Value, join

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.evidence.static.interpreter.machine import Scope
    from optreview.evidence.static.source.modules import Module

Variables = dict[str, Value]
#: By variable and condition: its value where the condition holds, and where it does not.
Choices = dict[tuple[str, str], tuple[Value, Value]]


@dataclass(frozen=True, slots=True)
class Branch:
    """How a branch ended, with its variables."""

    ending: str
    variables: Variables
    choices: Choices


def joined(branches: Sequence[Variables]) -> Variables:
    """Every variable with all the values that some branch gives it."""
    first, *others = branches
    merged = dict(first)
    for branch in others:
        for name, value in branch.items():
            known = merged.get(name)
            if known is None:
                merged[name] = value
            elif known != value:
                merged[name] = join(known, value)
    return merged


def joined_choices(text: str, first: Branch, second: Branch) -> Choices:
    """What is known after a test of ``text``: earlier choices of both branches, and the new ones."""
    found: Choices = {}
    for key in first.choices.keys() | second.choices.keys():
        name = key[0]
        sides = [
            branch.choices.get(key) or (branch.variables.get(name, EMPTY), branch.variables.get(name, EMPTY))
            for branch in (first, second)
        ]
        chosen, other = (join(sides[0][side], sides[1][side]) for side in (0, 1))
        if chosen != other:
            found[key] = (chosen, other)
    for name in first.variables.keys() & second.variables.keys():
        if first.variables[name] != second.variables[name]:
            found[name, text] = (first.variables[name], second.variables[name])
    return found


_OPPOSITES = (
    (cst.NotEqual, " != ", " == "),
    (cst.IsNot, " is not ", " is "),
    (cst.NotIn, " not in ", " in "),
)


def condition(test: cst.BaseExpression, scope: Scope) -> tuple[str, bool]:
    """A condition in its positive form, and whether it stands that way."""
    known = scope.module.conditions.get(id(test))
    if known is None:
        known = scope.module.conditions[id(test)] = _condition(test, scope.module)
    return known


def _condition(test: cst.BaseExpression, module: Module) -> tuple[str, bool]:
    positive = True
    while type(test) is cst.UnaryOperation and type(test.operator) is cst.Not:
        test, positive = test.expression, not positive
    text = module.text(test)
    if type(test) is cst.Comparison and len(test.comparisons) == 1:
        for kind, sign, opposite in _OPPOSITES:
            if isinstance(test.comparisons[0].operator, kind):
                return text.replace(sign, opposite, 1), not positive
    return text, positive


def narrow_none(test: cst.BaseExpression, scope: Scope, *, positive: bool) -> None:
    """``if x``, ``if x is None`` and their negations tell whether ``x`` can be None."""
    name: str | None = None
    is_none = not positive
    if type(test) is cst.Name:
        name = test.value
    elif type(test) is cst.Comparison and type(test.left) is cst.Name and len(test.comparisons) == 1:
        right = test.comparisons[0]
        if type(right.comparator) is cst.Name and right.comparator.value == "None":
            name = test.left.value
            is_none = (type(right.operator) is cst.Is) is positive
    value = scope.variables.get(name) if name is not None else None
    if name is None or value is None:
        return
    none = Const(None)
    if not is_none and none in value and len(value) > 1:
        scope.variables[name] = value - {none}
    elif is_none and none in value and type(test) is cst.Comparison:
        scope.variables[name] = NULL


def narrow_identity(
    test: cst.BaseExpression,
    scope: Scope,
    evaluate: Callable[[cst.BaseExpression, Scope], Value],
    *,
    positive: bool,
) -> None:
    """``if grad is not p.grad`` tells which tensor a name stands for; those of one role count as one."""
    if type(test) is not cst.Comparison or type(test.left) is not cst.Name:
        return
    right, name = test.comparisons[0], test.left.value
    value = scope.variables.get(name, EMPTY)
    if (
        len(test.comparisons) > 1
        or len(value) < 2
        or (type(right.operator) is not cst.Is and type(right.operator) is not cst.IsNot)
    ):
        return
    other = evaluate(right.comparator, scope)
    if other and all(isinstance(atom, Tensor) and atom.role != "temporary" for atom in other):
        same = (type(right.operator) is cst.Is) is positive
        scope.variables[name] = (value & other if same else value - other) or value
