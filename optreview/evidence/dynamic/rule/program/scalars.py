"""Python numbers that know how they were computed: subclasses of ``float`` and ``int`` with an expression.

Optimizers compute bias corrections and step sizes in plain Python before a tensor sees them. A number of
these classes carries that computation into the tensor operation. What is compared is noted as a guard: with
other numbers the comparison may come out differently, and the step then takes another way.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

from optreview.evidence.dynamic.rule.program.expression import FUNCTIONS, Expression, Expressions

if TYPE_CHECKING:
    from collections.abc import Callable


_OURS = "optreview.evidence"


class Book:
    """Where the present step's expressions and guards are written down.

    Attributes:
        closed: The step is over; a number that still refers to it was kept where nobody looked for it.
        kept: Such a number was used.
        lines: File and line where each expression was computed; None where that was in several.
        located: Whether these are noted.
    """

    def __init__(self, expressions: Expressions, *, located: bool = True) -> None:
        self.expressions = expressions
        self.located = located
        self.on_guard: Callable[[Expression, bool], None] = lambda *_: None
        self.closed = False
        self.kept = False
        self.lines: dict[Expression, tuple[str, int] | None] = {}

    def note(self, expression: Expression) -> None:
        """Note the line that computes it: that of the nearest frame that is not ours."""
        if not self.located:
            return
        frame = sys._getframe(2)
        while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_OURS):
            frame = frame.f_back
        line = (frame.f_code.co_filename, frame.f_lineno)
        self.lines[expression] = line if self.lines.get(expression, line) == line else None

    def guard(self, expression: Expression, *, outcome: bool) -> bool:
        """Note how a comparison came out, unless it could not have come out otherwise."""
        if not expression.constant:
            self.on_guard(expression, outcome)
        return outcome


class Symbolic:
    """What the two classes share.

    Attributes:
        book: Of the step in which the number came up; in a later step it is a stranger. None: a literal.
    """

    book: Book | None
    expression: Expression
    value: Any


def literal(value: float) -> float:
    """A number without an expression that lets a symbolic one go first."""
    made = SymbolicFloat(value)
    made.book, made.value = None, value
    return made


def is_symbolic(value: object) -> bool:
    """Whether it is a number with an expression, of the step that is under way."""
    if not isinstance(value, Symbolic) or value.book is None:
        return False
    value.book.kept |= value.book.closed
    return not value.book.closed


def plain(value: Any) -> Any:  # noqa: ANN401 - a number of any type
    """The number itself."""
    return value.value if isinstance(value, Symbolic) else value


def symbolic(book: Book, expression: Expression, value: Any) -> Any:  # noqa: ANN401 - a number of any type
    """The number with its expression; what is neither int nor float stays as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    made: SymbolicFloat | SymbolicInt
    made = SymbolicInt(value) if isinstance(value, int) else SymbolicFloat(value)
    made.book, made.expression, made.value = book, expression, value
    return made


def applied(op: str, *operands: Any) -> Any:  # noqa: ANN401 - numbers of any type
    """Compute, and note what was computed; a truth value becomes a guard."""
    value = FUNCTIONS[op](*map(plain, operands))
    alive = [is_symbolic(each) for each in operands]
    if not any(alive):
        return value
    book = operands[alive.index(True)].book
    args = [
        each.expression if symbolic_ else book.expressions.constant(plain(each))
        for each, symbolic_ in zip(operands, alive, strict=True)
    ]
    expression = book.expressions.apply(op, *args, value=value)
    book.note(expression)
    if isinstance(value, bool):
        return book.guard(expression, outcome=value)
    return symbolic(book, expression, value)


def _binary(op: str) -> Callable[..., Any]:
    def method(self: Any, other: Any, *_modulus: object) -> Any:  # noqa: ANN401 - numbers of any type
        return applied(op, self, other) if _number(other) else NotImplemented

    return method


def _reflected(op: str) -> Callable[..., Any]:
    def method(self: Any, other: Any, *_modulus: object) -> Any:  # noqa: ANN401 - numbers of any type
        return applied(op, other, self) if _number(other) else NotImplemented

    return method


def _unary(op: str) -> Callable[[Any], Any]:
    def method(self: Any) -> Any:  # noqa: ANN401 - a number of any type
        return applied(op, self)

    return method


def _number(value: object) -> bool:
    return isinstance(value, int | float)


def _rounded(self: Any, digits: Any = None) -> Any:  # noqa: ANN401 - numbers of any type
    return applied("round", self) if digits is None else applied("round", self, digits)


def _ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:  # noqa: ANN401, ARG001
    """NumPy's functions on single numbers; Python's own stand in where they are the same."""
    if method != "__call__" or options or not all(_number(each) for each in inputs):
        return getattr(ufunc, method)(*map(plain, inputs), **options)
    op = _UFUNCS.get(ufunc.__name__)
    return applied(op, *inputs) if op else ufunc(*map(plain, inputs))


_UFUNCS = {
    "sqrt": "math.sqrt",
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "truediv",
    "power": "pow",
    "maximum": "max",
    "minimum": "min",
    "absolute": "abs",
}


class _Arithmetic(Symbolic):
    """Operators of both classes; what is no number, such as a tensor, gets its own turn."""

    __add__, __radd__ = _binary("add"), _reflected("add")
    __sub__, __rsub__ = _binary("sub"), _reflected("sub")
    __mul__, __rmul__ = _binary("mul"), _reflected("mul")
    __truediv__, __rtruediv__ = _binary("truediv"), _reflected("truediv")
    __floordiv__, __rfloordiv__ = _binary("floordiv"), _reflected("floordiv")
    __mod__, __rmod__ = _binary("mod"), _reflected("mod")
    __pow__, __rpow__ = _binary("pow"), _reflected("pow")
    __lt__, __le__, __gt__, __ge__ = _binary("lt"), _binary("le"), _binary("gt"), _binary("ge")
    __eq__, __ne__ = _binary("eq"), _binary("ne")
    __neg__, __pos__, __abs__ = _unary("neg"), _unary("pos"), _unary("abs")
    __array_ufunc__ = _ufunc
    __round__ = _rounded

    def __bool__(self) -> bool:
        return bool(applied("ne", self, 0))

    def __hash__(self) -> int:
        return hash(self.value)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self.value), (self.value,)


class SymbolicFloat(_Arithmetic, float):
    """A float with its expression."""


class SymbolicInt(_Arithmetic, int):
    """An int with its expression."""

    __and__, __rand__ = _binary("and_"), _reflected("and_")
    __or__, __ror__ = _binary("or_"), _reflected("or_")
    __lshift__, __rlshift__ = _binary("lshift"), _reflected("lshift")
    __rshift__, __rrshift__ = _binary("rshift"), _reflected("rshift")
    __invert__ = _unary("invert")
