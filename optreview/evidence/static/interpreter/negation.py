"""The opposite of a condition, in the words of the source: ``not (not a or b)`` reads ``a and not b``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from optreview.evidence.static.source.modules import Module

#: Comparisons whose opposite is exact for every value; ``not x < y`` is not ``x >= y`` for a NaN.
_OPPOSITES: dict[type[cst.BaseCompOp], str] = {
    cst.Is: "is not",
    cst.IsNot: "is",
    cst.Equal: "!=",
    cst.NotEqual: "==",
    cst.In: "not in",
    cst.NotIn: "in",
}
#: What ``not`` can stand before without parentheses.
_ATOMS = (cst.Name, cst.Attribute, cst.Subscript, cst.Call, cst.Comparison)


def negated(module: Module, node: cst.BaseExpression) -> str:
    """Source text of the condition that holds exactly where ``node`` does not."""
    if type(node) is cst.UnaryOperation and type(node.operator) is cst.Not:
        return _bare(module, node.expression)
    if type(node) is cst.BooleanOperation:
        return _swapped(module, node)
    if type(node) is cst.Comparison and len(node.comparisons) == 1:
        (comparison,) = node.comparisons
        opposite = _OPPOSITES.get(type(comparison.operator))
        if opposite is not None:
            return f"{module.text(node.left)} {opposite} {module.text(comparison.comparator)}"
    return f"not {_bare(module, node)}" if isinstance(node, _ATOMS) else f"not ({_bare(module, node)})"


def _swapped(module: Module, node: cst.BooleanOperation) -> str:
    """De Morgan's law: both sides negated, ``and`` and ``or`` swapped."""
    both = type(node.operator) is cst.Or
    sides = []
    for side in (node.left, node.right):
        text = negated(module, side)
        loose = both and type(side) is cst.BooleanOperation and type(side.operator) is cst.And
        sides.append(f"({text})" if loose or (both and _is_or(side)) else text)
    return (" and " if both else " or ").join(sides)


def _is_or(side: cst.BaseExpression) -> bool:
    """Whether a negated side reads ``a or b``, because it negates a negation of that."""
    return (
        type(side) is cst.UnaryOperation
        and type(side.expression) is cst.BooleanOperation
        and type(side.expression.operator) is cst.Or
    )


def _bare(module: Module, node: cst.BaseExpression) -> str:
    """The text without the parentheses around it, which belonged to the ``not`` before."""
    text, around = module.text(node), len(getattr(node, "lpar", ()))
    return text[around : len(text) - around].strip()
