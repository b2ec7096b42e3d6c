"""Formulas in the language of rules, in the order in which people write them."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

import sympy

from optreview.evidence.dynamic.rule.equations.algebra import T
from optreview.evidence.dynamic.rule.equations.operations import UnlowerableError
from optreview.notation.syntax import (
    Call,
    Comparison,
    Logical,
    Name,
    Negative,
    Not,
    Number,
    Operation,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.evidence.dynamic.rule.equations.algebra import Formula
    from optreview.notation.syntax import Expression

_RELATIONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_CONNECTIVES = {"both": "and", "either": "or"}
_FUNCTIONS = {
    sympy.Abs: "abs",
    sympy.sign: "sign",
    sympy.exp: "exp",
    sympy.log: "log",
    sympy.sin: "sin",
    sympy.cos: "cos",
    sympy.tanh: "tanh",
    sympy.atan: "atan",
    sympy.floor: "floor",
    sympy.Max: "max",
    sympy.Min: "min",
}


class Writer:
    """Writes formulas; ``scalars`` are the symbols that stand for numbers, which go before tensors."""

    def __init__(self, scalars: frozenset[Formula]) -> None:
        self._scalars = scalars

    def expression(self, formula: Formula, first: Formula | None = None) -> Expression:
        """A formula as an expression; the term with ``first`` comes first in a sum."""
        if formula.is_Symbol:
            name = formula.name
            return Name(name.removesuffix("'"), new=name.endswith("'"))
        if formula.is_Number or formula in (sympy.oo, -sympy.oo):
            return _number(formula)
        if formula.is_Add:
            return self._sum(formula.args, first)
        if formula.is_Mul or formula.is_Pow:
            return self._product(formula)
        return self._function(formula)

    def condition(self, formula: Formula) -> Expression:
        """A formula that is true or false."""
        name = formula.func.__name__
        if name in _RELATIONS:
            left, right = (self.expression(each) for each in formula.args)
            return Comparison(_RELATIONS[name], left, right)  # type: ignore[arg-type]
        if name in _CONNECTIVES:
            left, right = (self.condition(each) for each in formula.args)
            return Logical(_CONNECTIVES[name], left, right)  # type: ignore[arg-type]
        if name == "negated":
            return Not(self.condition(formula.args[0]))
        return Comparison("!=", self.expression(formula), Number(0.0))

    def _sum(self, terms: Iterable[Formula], first: Formula | None) -> Expression:
        ordered = sorted(terms, key=lambda term: self._place_in_sum(term, first))
        negative, size = _sign(ordered[0])
        written = self.expression(size)
        total: Expression = Negative(written) if negative else written
        for term in ordered[1:]:
            negative, size = _sign(term)
            total = Operation("-" if negative else "+", total, self.expression(size))
        return total

    def _place_in_sum(self, term: Formula, first: Formula | None) -> tuple[object, ...]:
        negative, size = _sign(term)
        leading = first is not None and term.has(first)
        return not leading, negative, self._rank(term), *_length(size)

    def _rank(self, term: Formula) -> int:
        """Tensors, then hyperparameters, then numbers."""
        if term.is_number:
            return 2
        return 1 if term.free_symbols <= self._scalars and not term.atoms(sympy.Function) else 0

    def _product(self, formula: Formula) -> Expression:
        negative, formula = _sign(formula)
        over: list[Formula] = []
        under: list[Formula] = []
        for factor in sympy.Mul.make_args(formula):
            base, exponent = factor.as_base_exp()
            if factor.is_Rational and not factor.is_Integer and not _decimal(factor):
                over += [sympy.Integer(factor.p)] * (factor.p != 1)
                under.append(sympy.Integer(factor.q))
            elif exponent.is_number and exponent.is_negative and not factor.is_Rational:
                under.append(base ** (-exponent))
            else:
                over.append(factor)
        written = self._factors(over) or Number(1.0)
        if under:
            written = Operation("/", written, self._factors(under) or Number(1.0))
        return Negative(written) if negative else written

    def _factors(self, factors: list[Formula]) -> Expression | None:
        ordered = sorted(factors, key=lambda each: (-self._rank(each), *_length(each)))
        result: Expression | None = None
        for factor in ordered:
            written = self._power(factor)
            result = written if result is None else Operation("*", result, written)
        return result

    def _power(self, factor: Formula) -> Expression:
        if not factor.is_Pow:
            return self.expression(factor)
        base, exponent = factor.as_base_exp()
        if exponent == sympy.Rational(1, 2):
            return Call("sqrt", (self.expression(base),))
        return Operation("^", self.expression(base), self.expression(exponent))

    def _function(self, formula: Formula) -> Expression:
        name = formula.func.__name__
        if name in _RELATIONS or name in _CONNECTIVES or name == "negated":
            return Call("where", (self.condition(formula), Number(1.0), Number(0.0)))
        if name == "where":
            condition, yes, no = formula.args
            return Call("where", (self.condition(condition), self.expression(yes), self.expression(no)))
        if name == "matmul":
            return Operation("@", *(self.expression(each) for each in formula.args))
        known = _FUNCTIONS.get(formula.func, name)
        bare, bracket, axis = known.partition("[")
        arguments = tuple(self.expression(each) for each in sorted_arguments(formula))
        return Call(bare, arguments, axis=int(axis.rstrip("]")) if bracket else None)


def sorted_arguments(formula: Formula) -> list[Formula]:
    """Those of ``max`` and ``min`` in a fixed order, others as they are."""
    if isinstance(formula, sympy.Max | sympy.Min):
        return sorted(formula.args, key=lambda each: (each.is_number, *_length(each)))
    return list(formula.args)


@lru_cache(maxsize=1 << 12)
def _length(formula: Formula) -> tuple[int, str]:
    """The shorter comes first, and of two as long the one that the alphabet has first."""
    text = str(formula)
    return len(text), text


def _sign(term: Formula) -> tuple[bool, Formula]:
    """Whether it is written with a minus, and what after it; ``1 - x`` rather than ``x - 1``."""
    if term.is_Add:
        return False, term
    factors = list(sympy.Mul.make_args(term))
    sums = [each for each in factors if each.is_Add and each.as_coeff_Add()[0].is_negative]
    turned = len(sums) == 1 and _less_than_one(sums[0])
    rest = sympy.Mul(*(-each if each in sums else each for each in factors)) if turned else term
    negative = rest.could_extract_minus_sign()
    return negative != turned, -rest if negative else rest


def _less_than_one(formula: Formula) -> bool:
    """A weight less one: what is subtracted from is no number of steps, and no quotient."""
    less, weight = formula.as_coeff_Add()
    over = any(each.as_base_exp()[1].is_negative for each in sympy.Mul.make_args(weight))
    return bool(less == -1 and T not in weight.free_symbols and not over)


def _decimal(value: Formula) -> bool:
    """Whether it can be written as a short decimal."""
    rest = value.q
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return bool(rest == 1)


def _number(value: Formula) -> Expression:
    if value in (sympy.oo, -sympy.oo):
        return Number(float("inf")) if value == sympy.oo else Negative(Number(float("inf")))
    if not value.is_Rational:
        raise UnlowerableError("it uses a number that cannot be written")
    if value < 0:
        return Negative(_number(-value))
    fraction = Fraction(int(value.p), int(value.q))
    if fraction.denominator == 1 or _decimal(value):
        return Number(float(fraction))
    return Operation("/", Number(float(fraction.numerator)), Number(float(fraction.denominator)))
