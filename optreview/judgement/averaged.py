"""What the betas are the decays of, by equations that are proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.notation.faults import RuleError
from optreview.notation.parser import statements
from optreview.notation.syntax import GRADIENT, Call, Let, Name, Negative, Number, Operation, operands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optreview.notation.syntax import Expression
    from optreview.records import Equations, Evidence

_TWO = Number(2.0)


def means(evidence: Evidence) -> Mapping[str, str]:
    """``squares``, ``gradients`` or ``other`` for each beta with which running means were seen to be taken.

    A beta of several means is of the gradients, or of their squares, if one of them is.
    """
    rule = evidence.dynamic.rule if evidence.dynamic else None
    found: dict[str, str] = {}
    for each in rule.equations if rule else ():
        if each.proof.verdict == "proven":
            for name, what in _decays(each):
                found[name] = what if found.get(name, "other") == "other" else found[name]
    return found


def _decays(equations: Equations) -> list[tuple[str, str]]:
    beside = {place.name: _option(place.value) for place in equations.places}
    return [
        (beside[role.decay], _kind(role.of))
        for role in equations.roles
        if role.kind == "mean" and beside.get(role.decay)
    ]


def _option(place: str) -> str:
    """``betas[1]`` for ``group.betas.1``; empty for what is none of several."""
    head, _, index = place.removeprefix("group.").rpartition(".")
    return f"{head}[{index}]" if place.startswith("group.") and index.isdigit() else ""


def _kind(text: str) -> str:
    try:
        (line,) = statements(f"x = {text}")
    except (RuleError, ValueError):  # the record may come from elsewhere
        return "other"
    if not isinstance(line, Let):
        return "other"
    if _squared(line.value):
        return "squares"
    return "gradients" if _plain(line.value) else "other"


def _squared(node: Expression) -> bool:
    """A term or a factor is the square of something with the gradient in it."""
    if isinstance(node, Negative):
        return _squared(node.operand)
    if isinstance(node, Call):
        return any(map(_squared, node.arguments))
    if not isinstance(node, Operation):
        return False
    if node.operator == "^":
        return node.right == _TWO and _has(node.left, GRADIENT)
    if node.operator in {"*", "@"} and node.left == node.right:
        return _has(node.left, GRADIENT)
    return _squared(node.left) or (node.operator != "/" and _squared(node.right))


def _plain(node: Expression) -> bool:
    """The gradient is a term or a factor, with nothing else subtracted from it."""
    if isinstance(node, Name):
        return node.name == GRADIENT
    if isinstance(node, Negative):
        return _plain(node.operand)
    if isinstance(node, Call):  # clamped, as it may be
        return any(map(_plain, node.arguments))
    if not isinstance(node, Operation) or node.operator in {"-", "^"}:
        return False
    return _plain(node.left) or (node.operator != "/" and _plain(node.right))


def _has(node: Expression, name: str) -> bool:
    return (isinstance(node, Name) and node.name == name) or any(_has(each, name) for each in operands(node))
