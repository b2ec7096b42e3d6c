"""Between Python's numbers and algebra: symbols for places, exact numbers, and expressions as formulas."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import sympy
import sympy.tensor.tensor  # imported with the first sum, else, in every child anew

from optreview.evidence.dynamic.rule.equations.operations import UnlowerableError, function
from optreview.notation.functions import FUNCTIONS
from optreview.notation.syntax import KEYWORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from optreview.evidence.dynamic.rule.program.expression import Expression

_RESERVED = KEYWORDS | FUNCTIONS.keys() | {"g", "p", "t", "EMA"}
#: Operations from which a variable may keep its name.
_LONG = 3
#: Denominators up to which a number that is no short decimal is taken for a fraction.
_SIMPLE, _LONG_DECIMAL = 64, 10**12
Formula = Any
#: The number of the step.
T = sympy.Symbol("t", positive=True)


class Symbols:
    """A symbol for every place, with the name that a reader knows it by: ``group.0.betas.1`` is ``beta2``."""

    def __init__(self) -> None:
        self._by_place: dict[str, Formula] = {}
        self._taken: set[str] = set()
        self._lets: dict[Formula, Formula] = {}
        self.place: dict[Formula, str] = {}

    def __call__(self, place: str, *, positive: bool = False) -> Formula:
        """The value at a place before the step; the same symbol every time."""
        found = self._by_place.get(place)
        if found is None:
            name = self._free(_name(place))
            # nonzero hyperparameters may be taken apart under a root: each knob is on
            found = sympy.Symbol(name, positive=True) if positive else sympy.Symbol(name, real=True)
            self._by_place[place] = found
            self.place[found] = place
        return found

    def new(self, place: str) -> Formula:
        """The value after the step."""
        old = self(place)
        made = sympy.Symbol(f"{old.name}'", real=True)
        self.place[made] = place
        return made

    def named(self, name: str, value: Formula) -> Formula:
        """A symbol for an intermediate value; the same for the same value."""
        found = self._lets.get(value)
        if found is None:
            found = self._lets[value] = sympy.Symbol(self._free(_identifier(name)), real=True)
        return found

    def _free(self, name: str) -> str:
        wanted, number = name, 1
        while wanted in self._taken:
            number += 1
            wanted = f"{name}_{number}"
        self._taken.add(wanted)
        return wanted


class Sizes:
    """How long formulas are when written out; parts that are shared are looked at once."""

    def __init__(self) -> None:
        self._known: dict[Formula, int] = {}

    def of(self, formula: Formula) -> int:
        """Symbols, numbers and operations."""
        found = self._known.get(formula)
        if found is None:
            arguments = getattr(formula, "args", ())
            found = self._known[formula] = 1 + sum(self.of(each) for each in arguments)
        return found


def _name(place: str) -> str:
    kind, _, rest = place.partition(".")
    if kind == "param":
        return "p" if rest == "0" else f"p_{rest}"
    if kind == "grad":
        return "g" if rest == "0" else f"g_{rest}"
    parts = [part for part in rest.split(".") if not part.startswith("[")]
    words = [part for part in parts if not part.isdigit()]
    name = words[-1] if words else kind
    if parts and parts[-1].isdigit() and words:
        name = f"{name.removesuffix('s')}{int(parts[-1]) + 1}"
    elif "[" in rest:
        name = f"{name}{int(rest.rpartition('[')[2].rstrip(']')) + 1}"
    return _identifier(name)


def _identifier(name: str) -> str:
    cleaned = re.sub(r"\W", "_", name.strip("_")) or "x"
    cleaned = cleaned if not cleaned[0].isdigit() else f"x{cleaned}"
    return f"{cleaned}_" if cleaned in _RESERVED else cleaned


def number(value: float) -> Formula:
    """A number as it is written: 0.1 is a tenth, and 0.3333333333333333 a third."""
    if isinstance(value, bool):
        return sympy.Integer(int(value))
    if isinstance(value, int):
        return sympy.Integer(value)
    if math.isinf(value):
        return sympy.oo if value > 0 else -sympy.oo
    if math.isnan(value):
        raise UnlowerableError("it computes with a number that is not one")
    exact = sympy.Rational(repr(value))
    simple = Fraction(value).limit_denominator(_SIMPLE)
    if exact.q > _LONG_DECIMAL and float(simple) == value:
        return sympy.Rational(simple.numerator, simple.denominator)
    return exact


_SCALAR: dict[str, Callable[..., Formula]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "truediv": lambda x, y: x / y,
    "floordiv": lambda x, y: sympy.floor(x / y),
    "mod": lambda x, y: function("mod", x, y),
    "pow": lambda x, y: x**y,
    "neg": lambda x: -x,
    "pos": lambda x: x,
    "abs": sympy.Abs,
    "max": sympy.Max,
    "min": sympy.Min,
    "float": lambda x: x,
    "int": sympy.floor,
    "math.sqrt": sympy.sqrt,
    "math.exp": sympy.exp,
    "math.log": lambda x, base=None: sympy.log(x) if base is None else sympy.log(x) / sympy.log(base),
    "math.pow": lambda x, y: x**y,
    "math.cos": sympy.cos,
    "math.sin": sympy.sin,
    "math.tanh": sympy.tanh,
    "math.atan": sympy.atan,
    "math.floor": sympy.floor,
    "math.fabs": sympy.Abs,
    **{op: partial(function, op) for op in ("lt", "le", "gt", "ge", "eq", "ne")},
}


class Scalars:
    """Turns Python's expressions into formulas, each once.

    Args:
        symbols: For the places.
        readings: What was read from tensors, as formulas.
        cut: Expressions that have a symbol of their own: what a place holds after the step.
        names: Names of variables that the code keeps expressions in.

    Attributes:
        lets: Symbols for such variables and what they are, in the order in which they came up.
        variables: The expressions that they stand for.
        known: Formulas of all expressions.
        named: What these variables hold, and their names.
    """

    def __init__(
        self,
        symbols: Symbols,
        readings: Mapping[int, Formula],
        cut: Mapping[Expression, Formula],
        names: Mapping[Expression, str],
    ) -> None:
        self.named: dict[Formula, str] = {}
        self._names = names
        self.lets: dict[Formula, Formula] = {}
        self._symbols = symbols
        self._readings = readings
        self._cut = cut
        self.variables: dict[Formula, Expression] = {}
        self.known: dict[Expression, Formula] = {}

    def separate(self, expression: Expression) -> bool:
        """Whether a symbol of its own stands for it in others."""
        return expression in self._cut or self.known.get(expression) in self.variables

    def formula(self, expression: Expression, *, whole: bool = False) -> Formula:
        """The formula; ``whole``: of the expression itself where it has a symbol of its own."""
        if not whole and expression in self._cut:
            return self._cut[expression]
        found = None if whole else self.known.get(expression)
        if found is None:
            found = self._made(expression)
            if not whole:
                found = self._let(expression, found)
                self.known[expression] = found
        return found

    def _let(self, expression: Expression, formula: Formula) -> Formula:
        """The symbol of a variable, where the formula is long enough to need one."""
        name = self._names.get(expression)
        if name is None or sympy.count_ops(formula) < _LONG:
            return formula
        self.named.setdefault(formula, name)
        symbol = self._symbols.named(name, formula)
        self.lets.setdefault(symbol, formula)
        self.variables.setdefault(symbol, expression)
        return symbol

    def _made(self, expression: Expression) -> Formula:
        if expression.op == "constant":
            return number(expression.args[0])
        if expression.op == "leaf":
            place = expression.args[0]
            return self._symbols(place)
        if expression.op == "item":
            return self._readings[expression.args[0]]
        make = _SCALAR.get(expression.op)
        if make is None:
            raise UnlowerableError(f"it computes {expression.op.removeprefix('math.')} of a number")
        return make(*(self.formula(each) for each in expression.args))
