"""Sums of products with numbers before them: enough algebra to see that two ways of writing are one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.tree import Node, node

if TYPE_CHECKING:
    from collections.abc import Iterator

    Product = tuple[tuple[Node, float], ...]

#: Smaller numbers that are added to something are there for its sake at zero.
NEGLIGIBLE = 2e-3
_ROUNDING = 1e-12
#: Digits of a power: hyperparameters that are the same are told apart by less.
_DIGITS = 6


class Form:
    """A sum: of each product of factors with their exponents, the number before it."""

    def __init__(self, terms: dict[Product, float]) -> None:
        self.terms = {
            key: value for key, value in terms.items() if abs(value) > _ROUNDING or math.isnan(value)
        }

    @property
    def number(self) -> float | None:
        """The number that it is; None where it is more."""
        if not self.terms:
            return 0.0
        return self.terms[()] if set(self.terms) == {()} else None

    def scaled(self, factor: float) -> Form:
        """Every term times a number."""
        return Form({key: value * factor for key, value in self.terms.items()})

    def kept(self) -> Form:
        """Without a negligible number."""
        if len(self.terms) > 1 and abs(self.terms.get((), 1.0)) < NEGLIGIBLE:
            return Form({key: value for key, value in self.terms.items() if key})
        return self


def number(value: float) -> Form:
    """A number."""
    return Form({(): value})


def atom(one: Node) -> Form:
    """Something that is no sum and no product."""
    return Form({((one, 1.0),): 1.0})


def added(left: Form, right: Form) -> Form:
    """The sum of two."""
    terms = dict(left.terms)
    for key, value in right.terms.items():
        terms[key] = terms.get(key, 0.0) + value
        if abs(terms[key]) < 1e-9 * abs(value):  # what cancels does not leave its rounding
            del terms[key]
    return Form(terms)


def multiplied(left: Form, right: Form) -> Form:
    """The product of two; a sum that is no number stays one factor."""
    for one, other in ((left, right), (right, left)):
        if one.number is not None:
            return other.scaled(one.number)
    (a, x), (b, y) = _single(left.kept()), _single(right.kept())
    return Form({_joined((*x, *y)): a * b})


def power(base: Form, exponent: float) -> Form:
    """A power with a number as the exponent; what is raised to a broken one is taken as not negative."""
    if base.number is not None:
        return number(_raised(base.number, exponent))
    exponent = round(exponent, _DIGITS)
    if exponent == 1:
        return base
    factor, product = _single(base.kept())
    raised = [_factor(one, known * exponent, known) for one, known in product]
    sign = -1.0 if factor < 0 and exponent % 2 == 1 else 1.0
    return Form({_joined(tuple(raised)): sign * _raised(abs(factor), exponent)})


def _factor(one: Node, exponent: float, before: float) -> tuple[Node, float]:
    if before % 2 == 0 and exponent % 2 != 0 and one.label not in {"abs", "avg", "sum", "norm"}:
        return node("abs", (one,)), exponent
    if one.label == "abs" and exponent % 2 == 0:
        return one.children[0], exponent
    return one, exponent


def _raised(value: float, exponent: float) -> float:
    try:
        found = math.pow(value, exponent)
    except (OverflowError, ValueError, ZeroDivisionError):
        return 1.0
    return found if math.isfinite(found) else 1.0


def _joined(factors: Product) -> Product:
    found: dict[Node, float] = {}
    for one, exponent in factors:
        found[one] = found.get(one, 0.0) + exponent
    kept = ((one, exponent) for one, exponent in found.items() if abs(exponent) > _ROUNDING)
    return tuple(sorted(kept, key=lambda each: each[0].digest))


def _single(form: Form) -> tuple[float, Product]:
    """A number and one product; a sum becomes one factor, scaled so that its first term has no number."""
    if len(form.terms) == 1:
        ((key, value),) = form.terms.items()
        return value, key
    scale = leading(form)
    return scale, ((tree(form.scaled(1 / scale)), 1.0),)


def leading(form: Form) -> float:
    """The number before the first of its terms, in an order that does not depend on the writing."""
    if not form.terms:
        return 1.0
    first = min(form.terms, key=lambda key: _product(key, 1.0).digest)
    return form.terms[first]


def scalar_and_tree(form: Form) -> tuple[float, Node]:
    """The number that stands before all of it, and the rest."""
    if len(form.terms) == 1:
        ((key, value),) = form.terms.items()
        return value, _product(key, 1.0)
    scale = leading(form)
    return scale, tree(form.scaled(1 / scale))


def tree(form: Form) -> Node:
    """The normal form: numbers before products go, their signs stay, and so do added ones as ``c``."""
    parts = list(_parts(form.kept()))
    if not parts:
        return node("0")
    return parts[0] if len(parts) == 1 else node("+", parts)


def _parts(form: Form) -> Iterator[Node]:
    for key, value in form.terms.items():
        yield _product(key, value)


def _product(key: Product, value: float) -> Node:
    factors = [
        one if exponent == 1 else node(f"^{round(exponent, _DIGITS):g}", (one,)) for one, exponent in key
    ]
    if not factors:
        return node("c" if value > 0 else "-c")
    if len(factors) == 1 and value > 0:
        return factors[0]
    return node("*" if value > 0 else "-*", factors)
