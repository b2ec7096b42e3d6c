"""What torch's functions compute, element by element, as algebra; the rest stays a function with a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy

if TYPE_CHECKING:
    from collections.abc import Callable

Algebra = sympy.Basic


class UnlowerableError(Exception):
    """A call for which there is no equation; the message is the end of a sentence that says why."""


def function(name: str, *args: Any) -> Any:  # noqa: ANN401 - sympy is not typed
    """A function that algebra does not look into."""
    return sympy.Function(name, real=True)(*args)


def _add(x: Any, y: Any = 0, *more: Any, alpha: Any = 1) -> Any:  # noqa: ANN401
    """Also the old way of writing it, with the factor before the tensor."""
    return x + alpha * y if not more else x + y * more[0]


def _sub(x: Any, y: Any, *, alpha: Any = 1) -> Any:  # noqa: ANN401
    return x - alpha * y


def _addcmul(x: Any, a: Any, b: Any, *more: Any, value: Any = 1) -> Any:  # noqa: ANN401
    return x + value * a * b if not more else x + a * b * more[0]


def _addcdiv(x: Any, a: Any, b: Any, *more: Any, value: Any = 1) -> Any:  # noqa: ANN401
    return x + value * a / b if not more else x + a * b / more[0]


def _lerp(x: Any, y: Any, weight: Any) -> Any:  # noqa: ANN401
    return (1 - weight) * x + weight * y


def _div(x: Any, y: Any, *, rounding_mode: Any = None) -> Any:  # noqa: ANN401
    if rounding_mode == "floor":
        return sympy.floor(x / y)
    if rounding_mode is not None:
        raise UnlowerableError(f"it divides with rounding_mode={rounding_mode!r}")
    return x / y


def _clamp(x: Any, min: Any = None, max: Any = None) -> Any:  # noqa: A002, ANN401
    low = x if min is None else sympy.Max(x, min)
    return low if max is None else sympy.Min(low, max)


def _pow(x: Any, y: Any) -> Any:  # noqa: ANN401
    return x**y


def _nan_to_num(x: Any, *_: Any, **__: Any) -> Any:  # noqa: ANN401
    return x


#: By torch's name without ``_foreach_``, trailing ``_`` and the marks of an operator.
ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "add": _add,
    "radd": _add,
    "iadd": _add,
    "sub": _sub,
    "isub": _sub,
    "subtract": _sub,
    "rsub": lambda x, y, alpha=1: y - alpha * x,
    "mul": lambda x, y: x * y,
    "rmul": lambda x, y: x * y,
    "imul": lambda x, y: x * y,
    "multiply": lambda x, y: x * y,
    "div": _div,
    "divide": _div,
    "true_divide": _div,
    "truediv": _div,
    "itruediv": _div,
    "rdiv": lambda x, y: y / x,
    "rtruediv": lambda x, y: y / x,
    "pow": _pow,
    "ipow": _pow,
    "rpow": lambda x, y: y**x,
    "neg": lambda x: -x,
    "square": lambda x: x**2,
    "sqrt": sympy.sqrt,
    "rsqrt": lambda x: 1 / sympy.sqrt(x),
    "reciprocal": lambda x: 1 / x,
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "sgn": sympy.sign,
    "exp": sympy.exp,
    "log": sympy.log,
    "log1p": lambda x: sympy.log(1 + x),
    "expm1": lambda x: sympy.exp(x) - 1,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tanh": sympy.tanh,
    "atan": sympy.atan,
    "atan2": lambda x, y: function("atan2", x, y),
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "maximum": sympy.Max,
    "minimum": sympy.Min,
    "largest": sympy.Max,
    "smallest": sympy.Min,
    "clamp": _clamp,
    "clip": _clamp,
    "clamp_min": sympy.Max,
    "clamp_max": sympy.Min,
    "lerp": _lerp,
    "addcmul": _addcmul,
    "addcdiv": _addcdiv,
    "gt": lambda x, y: function("gt", x, y),
    "lt": lambda x, y: function("lt", x, y),
    "ge": lambda x, y: function("ge", x, y),
    "le": lambda x, y: function("le", x, y),
    "eq": lambda x, y: function("eq", x, y),
    "ne": lambda x, y: function("ne", x, y),
    "and": lambda x, y: function("both", x, y),
    "logical_and": lambda x, y: function("both", x, y),
    "logical_or": lambda x, y: function("either", x, y),
    "or": lambda x, y: function("either", x, y),
    "logical_not": lambda x: function("negated", x),
    "invert": lambda x: function("negated", x),
    "where": lambda condition, x, y: function("where", condition, x, y),
    "masked_fill": lambda x, condition, y: function("where", condition, y, x),
    "nan_to_num": _nan_to_num,
    "zero": lambda x: sympy.Integer(0),  # noqa: ARG005 - in place of x
    "fill": lambda x, y: y,  # noqa: ARG005
    "constant": lambda tensor, val: val,  # noqa: ARG005
    "copy": lambda x, y, *_, **__: y,  # noqa: ARG005
    "zeros_like": lambda x, **_: sympy.Integer(0),  # noqa: ARG005
    "ones_like": lambda x, **_: sympy.Integer(1),  # noqa: ARG005
    "full_like": lambda x, y, **_: y,  # noqa: ARG005
    "softplus": lambda x, beta=1, threshold=20: function(
        "where", function("gt", beta * x, threshold), x, sympy.log(1 + sympy.exp(beta * x)) / beta
    ),
}

#: Tensors of one value.
FILLED = {"zeros": 0, "ones": 1, "new_zeros": 0, "new_ones": 1, "empty": 0, "empty_like": 0, "full": 0}

#: The same numbers in the same order, whatever shape or type they have.
SAME = frozenset(
    {
        "clone",
        "detach",
        "data.__get__",
        "view",
        "view_as",
        "reshape",
        "reshape_as",
        "flatten",
        "ravel",
        "squeeze",
        "unsqueeze",
        "contiguous",
        "to",
        "type_as",
        "float",
        "double",
        "half",
        "bfloat16",
        "expand",
        "expand_as",
        "broadcast_to",
        "requires_grad",
        "real.__get__",
        "cpu",
        "cuda",
        "type",
        "alias",
        "bool",
        "unflatten",
        "nan_to_num",
        "_conj",
        "resolve_conj",
        "grad.__get__",
    }
)
TRANSPOSED = frozenset(
    {"t", "transpose", "swapaxes", "mT.__get__", "T.__get__", "adjoint", "H.__get__", "mH.__get__"}
)
#: Reductions with their names in the language; with ``dim`` they keep what they reduce over.
REDUCTIONS = {"sum": "sum", "mean": "mean", "amax": "max", "amin": "min", "max": "max", "min": "min"}
#: Functions that return two of them at once; None stands for what no reduction of the language is.
PAIRS: dict[str, tuple[str | None, str | None]] = {
    "aminmax": ("min", "max"),
    "std_mean": (None, "mean"),
    "var_mean": (None, "mean"),
}
NORMS = frozenset({"norm", "linalg_vector_norm", "linalg_norm", "vector_norm"})
RANDOM = frozenset(
    {
        "rand",
        "randn",
        "rand_like",
        "randn_like",
        "randint",
        "randint_like",
        "bernoulli",
        "normal",
        "uniform",
        "randperm",
        "multinomial",
        "dropout",
        "exponential",
    }
)


PRODUCTS = frozenset({"matmul", "mm", "bmm", "mv", "dot", "rmatmul", "addmm", "baddbmm"})
#: Of several processes, with the argument that is handed on where there is one.
COLLECTIVES = {"all_reduce": 0, "broadcast": 0, "reduce": 0}
COLLECTIVES |= {"all_gather": 1, "all_gather_into_tensor": 1, "reduce_scatter_tensor": 1}
PACKING = frozenset({"stack", "cat", "split", "unbind", "chunk", "tensor", "as_tensor"})
#: Arguments by the names that some functions have for them, and those that all have here.
LISTED = {
    "exponent": "y",
    "exponents": "y",
    "tensors1": "y",
    "other": "y",
    "scalars": "value",
    "scalar": "y",
    "fill_value": "y",
    "end": "y",
    "tensor1": "a",
    "tensor2": "b",
    "weights": "weight",
}


def reduced(name: str, formula: Any, axis: int | None) -> Any:  # noqa: ANN401
    """A reduction; factors that are numbers everywhere stay inside, as they are in the code."""
    return function(name if axis is None else f"{name}[{axis}]", formula)


def axis(given: Any, shape: tuple[int, ...]) -> int | None:  # noqa: ANN401
    """A dimension counted from the end; None where nothing but it has more than one element."""
    if isinstance(given, list | tuple):
        given = given[0] if len(given) == 1 else None
    if given is None or not shape:
        return None
    found = int(given) % len(shape)
    others = [n for index, n in enumerate(shape) if index != found]
    return None if all(n == 1 for n in others) else found - len(shape)


def alone(given: Any, shape: tuple[int, ...]) -> bool:  # noqa: ANN401
    """Whether a dimension has one element and another has more: a vector as a column has such rows."""
    if isinstance(given, list | tuple):
        given = given[0] if len(given) == 1 else None
    return given is not None and bool(shape) and shape[int(given) % len(shape)] == 1 < max(shape)


def norm(args: Any, kwargs: Any, shape: tuple[int, ...] = ()) -> Any:  # noqa: ANN401
    """A norm as the language writes it."""
    order = kwargs.get("p", kwargs.get("ord", args[1] if len(args) > 1 else 2))
    given = kwargs.get("dim", args[2] if len(args) > 2 else None)
    if alone(given, shape):
        return sympy.Abs(args[0])
    along = axis(given, shape)
    if order in (2, 2.0, "fro", None):
        return reduced("norm", args[0], along)
    if order in (1, 1.0):
        return reduced("sum", sympy.Abs(args[0]), along)
    if order in (float("inf"), sympy.oo):
        return reduced("max", sympy.Abs(args[0]), along)
    exponent = sympy.sympify(order)
    return reduced("sum", sympy.Abs(args[0]) ** exponent, along) ** (1 / exponent)


def base(name: str) -> str:
    """A function's name without what says where its result goes."""
    if "." in name:
        return name
    bare = name.removeprefix("_foreach_")
    if bare.startswith("__") and bare.endswith("__"):
        return bare.strip("_")
    return bare if bare.startswith("_") else bare.rstrip("_")
