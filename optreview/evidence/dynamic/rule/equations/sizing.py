"""Numbers and formulas that come from the shape of a parameter: its sizes, and means over it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import sympy

from optreview.evidence.dynamic.rule.equations.operations import function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from optreview.evidence.dynamic.rule.equations.algebra import Formula

_ROUNDING = 1e-12
#: Denominators from which on a number has been computed from others.
_COMPUTED = 10**8
#: The size that goes with each axis, as ``size`` counts them.
_ALONG = {"[-1]": "size[1]", "[-2]": "size[0]", "": "size"}


def sized(value: Formula, known: Mapping[Formula, Formula]) -> Formula | None:
    """The size that a number is, up to rounding."""
    exact = known.get(value)
    if exact is not None or value.is_Integer:
        return exact
    if value.q < _COMPUTED:  # as a number in the code is
        return None
    if value < 0:
        turned = sized(-value, known)
        return None if turned is None else -turned
    for digits in (None, 3):
        for each, name in known.items():
            share = value / each
            short = 1 if digits is None else sympy.Rational(f"{float(share):.{digits}g}")
            if digits is not None and each.q < _COMPUTED:  # a third is six over eighteen, too
                continue
            if short != 0 and abs(share / short - 1) < _ROUNDING:
                return short * name
    return None


@lru_cache
def sizes(shape: tuple[int, ...], *, tall: bool = False) -> Mapping[Formula, Formula]:
    """Numbers that code computes from the shape of a parameter, as formulas in its sizes.

    Args:
        shape: Of a tall matrix, or of something else.
        tall: Rows over columns count where they are more than one, and as one else.
    """
    p = sympy.Symbol("p", real=True)
    total = sympy.Function("size", positive=True)(p)
    numel = 1
    for each in shape:
        numel *= each
    found: list[tuple[Formula, Formula]] = [(sympy.Integer(numel), total)]
    if len(shape) == 2:
        rows = sympy.Function("size[0]", positive=True)(p)
        columns = sympy.Function("size[1]", positive=True)(p)
        r, c = map(sympy.Integer, shape)
        ratio = sympy.Max(1, rows / columns) if tall else rows / columns
        found += [(r, rows), (c, columns), (r / c, ratio), (c / r, columns / rows)]
        # which is larger is not known: looking for it takes long
        larger = sympy.Max(rows, columns, evaluate=False)
        smaller = sympy.Min(rows, columns, evaluate=False)
        found += [(sympy.Max(r, c), larger), (sympy.Min(r, c), smaller)]
        found += [(r + c, rows + columns)]
    numbers: dict[Formula, Formula] = {}
    for value, formula in found:
        for power in (1, sympy.Rational(1, 2)):
            for sign in (1, -1):
                key, name = value ** (power * sign), formula ** (power * sign)
                numbers.setdefault(key if key.is_Rational else sympy.Rational(repr(float(key))), name)
    return numbers


def with_means(formula: Formula, full: Callable[[Formula], bool]) -> Formula:
    """Sums over a size as means, and norms over the root of a size as roots of mean squares.

    Args:
        formula: Any.
        full: Whether something has as many elements as the parameter.
    """
    products = [each for each in formula.atoms(sympy.Mul) if any(map(_size_of, each.args))]
    changed = {each: _averaged(each, full) for each in products}
    changed = {each: other for each, other in changed.items() if other != each}
    while changed:
        formula = formula.xreplace(changed)
        products = [each for each in formula.atoms(sympy.Mul) if any(map(_size_of, each.args))]
        changed = {each: other for each in products if (other := _averaged(each, full)) != each}
    return formula


def _size_of(factor: Formula) -> str:
    name = factor.as_base_exp()[0].func.__name__
    return name if name.partition("[")[0] == "size" else ""


def _averaged(product: Formula, full: Callable[[Formula], bool]) -> Formula:
    for factor in product.args:
        base, exponent = factor.as_base_exp()
        name, bracket, axis = base.func.__name__.partition("[")
        if name not in {"norm", "sum"} or not full(base.args[0]):
            continue
        power = exponent / 2 if name == "norm" else exponent
        for other in product.args:
            raised = other.as_base_exp()[1]
            if _size_of(other) == _ALONG[bracket + axis] and raised == -power:
                inside = base.args[0] ** 2 if name == "norm" else base.args[0]
                return product / factor / other * function(f"mean{bracket}{axis}", inside) ** power
    return product
