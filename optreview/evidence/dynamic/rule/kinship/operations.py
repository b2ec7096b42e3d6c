"""Operations and functions of the language on forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship import form as forms
from optreview.evidence.dynamic.rule.kinship.tree import node
from optreview.notation.functions import FUNCTIONS
from optreview.notation.syntax import Comparison, Logical, Not

if TYPE_CHECKING:
    from optreview.evidence.dynamic.rule.kinship.form import Form
    from optreview.evidence.dynamic.rule.kinship.tree import Node

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
_HOMOGENEOUS = {"mean": False, "transpose": False, "abs": True}


def size(axis: int | None) -> float:
    """How many elements, or along one side."""
    return _SIDES[0] * _SIDES[1] if axis is None else _SIDES[axis % 2]


def _same_along(one: Node, axis: int) -> bool:
    """Whether it has one element along an axis: everything in it is a mean over that."""
    if one.label in {f"mean[{axis}]", f"mean[{axis % 2}]"}:
        return True
    elementwise = one.label in {"+", "*", "-*", "sum", "avg", "maximum"} or one.label.startswith("^")
    return elementwise and bool(one.children) and all(_same_along(each, axis) for each in one.children)


def lag(value: Form) -> Form:
    """The value that something had before the step."""
    if value.number is not None:
        return value
    scale, inner = forms.scalar_and_tree(value)
    return forms.atom(node("lag", (inner,))).scaled(scale)


def operated(  # noqa: PLR0911 - one for each operator
    operator: str, left: Form, right: Form
) -> Form:
    """Two forms with an operator between them."""
    if operator in "+-":
        return forms.added(left, right.scaled(-1.0 if operator == "-" else 1.0))
    if operator == "*":
        return forms.multiplied(left, right)
    if operator == "/":
        return forms.multiplied(left, forms.power(right, -1.0))
    if operator == "@":
        (a, x), (b, y) = forms.scalar_and_tree(left), forms.scalar_and_tree(right)
        if _same_along(x, -1) and _same_along(y, -2):  # a column times a row
            return forms.multiplied(forms.atom(x), forms.atom(y)).scaled(a * b)
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


def called(  # noqa: PLR0911 - one for each kind of function
    name: str, axis: int | None, arguments: list[Form]
) -> Form:
    """A function of the language, or a block, of forms."""
    first = arguments[0].kept()
    if name == "sqrt":
        return forms.power(arguments[0], _HALF)
    numbers = all(each.number is not None for each in arguments)
    if numbers and name in FUNCTIONS and name not in {"where", "clamp"}:
        return forms.number(first.number or 0.0) if len(arguments) == 1 else _extreme(name, arguments)
    if name in {"max", "min"} and len(arguments) > 1:
        return _extreme(name, arguments)
    if name in {"norm", "sum"}:
        return _meant(name, axis, first)
    if name == "where":
        certain = _certain(forms.tree(arguments[0]))
        if certain is not None:
            return arguments[1] if certain else arguments[2]
    label = name if axis is None else f"{name}[{axis % 2 if axis >= 0 else axis}]"
    if name == "abs" and len(first.terms) == 1:
        return _sizes(first)
    if name == "sign" or name in _HOMOGENEOUS:
        scale, inner = forms.scalar_and_tree(first)
        factor = (
            (-1.0 if scale < 0 else 1.0) if name == "sign" else abs(scale) if _HOMOGENEOUS[name] else scale
        )
        return forms.atom(node(label, (inner,))).scaled(factor)
    return forms.atom(node(label, map(forms.tree, arguments)))


def _certain(condition: Node) -> bool | None:
    """What holds unless a mean over a tensor is exactly zero: a guard of a division is no idea."""
    label, children = condition.label, condition.children
    if label in {"and", "or"}:
        found = {_certain(each) for each in children}
        return found.pop() if len(found) == 1 else None
    if label == "not":
        inner = _certain(children[0])
        return None if inner is None else not inner
    if label in {"!=", "==", ">"} and children[1].label == "0" and _reduced(children[0]):
        return label != "=="
    return None


def _reduced(one: Node) -> bool:
    """A size over many elements, which is never negative."""
    if one.label == "^0.5":
        return one.children[0].label.startswith("mean")
    if one.label in {"*", "min", "max"}:
        return all(each.label == "c" or _reduced(each) for each in one.children)
    return one.label.startswith("^") and _reduced(one.children[0])


def _meant(name: str, axis: int | None, value: Form) -> Form:
    """A norm and a sum by the mean: that they differ in is the number of elements."""
    if name == "sum":
        return called("mean", axis, [value]).scaled(size(axis))
    return forms.power(called("mean", axis, [forms.power(value, 2.0)]), _HALF).scaled(size(axis) ** _HALF)


def _sizes(product: Form) -> Form:
    """The absolute value of a product: of each of its factors."""
    ((key, number),) = product.terms.items()
    found = forms.number(abs(number))
    for one, exponent in key:
        never = one.label == "abs" or exponent % 2 != 1  # what has a root is taken as not negative
        part = forms.power(forms.atom(one if never else node("abs", (one,))), exponent)
        found = forms.multiplied(found, part)
    return found


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
