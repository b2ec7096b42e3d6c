"""Operations and functions of the language on forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship import form as forms
from optreview.evidence.dynamic.rule.kinship.tree import node
from optreview.notation.syntax import Comparison, Logical, Not

if TYPE_CHECKING:
    from optreview.evidence.dynamic.rule.kinship.form import Form

#: The sides of a tensor.
_SIDES = (4.0, 3.0)
_HALF = 0.5
_RELATIONS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
#: Functions that a factor passes through, by whether it loses its sign.
_HOMOGENEOUS = {"norm": True, "mean": False, "sum": False, "transpose": False, "abs": True}


def size(axis: int | None) -> float:
    """How many elements, or along one side."""
    return _SIDES[0] * _SIDES[1] if axis is None else _SIDES[axis % 2]


def lag(value: Form) -> Form:
    """The value that something had before the step."""
    if value.number is not None:
        return value
    scale, inner = forms.scalar_and_tree(value)
    return forms.atom(node("lag", (inner,))).scaled(scale)


def operated(operator: str, left: Form, right: Form) -> Form:
    """Two forms with an operator between them."""
    if operator in "+-":
        return forms.added(left, right.scaled(-1.0 if operator == "-" else 1.0))
    if operator == "*":
        return forms.multiplied(left, right)
    if operator == "/":
        return forms.multiplied(left, forms.power(right, -1.0))
    if operator == "@":
        (a, x), (b, y) = forms.scalar_and_tree(left), forms.scalar_and_tree(right)
        return forms.atom(node("matmul", (x, y))).scaled(a * b)
    exponent = right.number
    if exponent is not None:
        return forms.power(left, exponent)
    return forms.atom(node("pow", (forms.tree(left), forms.tree(right))))


def decided(one: Comparison | Logical | Not, parts: list[Form]) -> Form:
    """A condition: a number where numbers decide."""
    numbers = [each.number for each in parts]
    label = (
        one.relation if isinstance(one, Comparison) else one.connective if isinstance(one, Logical) else "not"
    )
    if all(each is not None for each in numbers):
        first, last = numbers[0] or 0.0, numbers[-1] or 0.0
        if isinstance(one, Comparison):
            return forms.number(float(_RELATIONS[one.relation](first, last)))
        if isinstance(one, Not):
            return forms.number(float(not first))
        return forms.number(float((first and last) if label == "and" else (first or last)))
    return forms.atom(node(label, map(forms.tree, parts)))


def called(name: str, axis: int | None, arguments: list[Form]) -> Form:
    """A function of the language, or a block, of forms."""
    first = arguments[0].kept()
    if name == "sqrt":
        return forms.power(arguments[0], _HALF)
    if all(each.number is not None for each in arguments) and name not in {"where", "clamp"}:
        return forms.number(first.number or 0.0) if len(arguments) == 1 else _extreme(name, arguments)
    if name in {"max", "min"} and len(arguments) > 1:
        return _extreme(name, arguments)
    label = name if axis is None else f"{name}[{axis % 2 if axis >= 0 else axis}]"
    if name == "sign" or name in _HOMOGENEOUS:
        scale, inner = forms.scalar_and_tree(first)
        factor = (
            (-1.0 if scale < 0 else 1.0) if name == "sign" else abs(scale) if _HOMOGENEOUS[name] else scale
        )
        return forms.atom(node(label, (inner,))).scaled(factor)
    return forms.atom(node(label, map(forms.tree, arguments)))


def _extreme(name: str, arguments: list[Form]) -> Form:
    numbers = [each.number for each in arguments]
    if all(each is not None for each in numbers):
        return forms.number((max if name == "max" else min)(each or 0.0 for each in numbers))
    kept = [
        each
        for each, value in zip(arguments, numbers, strict=True)
        if value is None or abs(value) > forms.NEGLIGIBLE or name == "min"
    ]
    if len(kept) == 1:
        return kept[0]
    return forms.atom(node(name, map(forms.tree, kept)))
