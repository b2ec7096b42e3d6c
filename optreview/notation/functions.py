"""The functions that every update rule may use: how each is called."""

from __future__ import annotations

from optreview.frozen import Frozen


class Function(Frozen, frozen=True):
    """How a function is called.

    Attributes:
        fewest: Arguments it needs, and ``most``: takes at most; None for any number.
        reduces: Without an axis it takes all elements together, with one those along it.
        condition: Its first argument stays true or false.
    """

    fewest: int = 1
    most: int | None = 1
    reduces: bool = False
    condition: bool = False


#: ``max`` and ``min`` compare their arguments element by element; a single one they reduce.
EXTREMES = frozenset({"max", "min"})
FUNCTIONS: dict[str, Function] = {
    "sqrt": Function(),
    "abs": Function(),
    "sign": Function(),
    "exp": Function(),
    "log": Function(),
    "sin": Function(),
    "cos": Function(),
    "tanh": Function(),
    "atan": Function(),
    "atan2": Function(2, 2),
    "floor": Function(),
    "mod": Function(2, 2),
    "max": Function(1, None),
    "min": Function(1, None),
    "where": Function(3, 3, condition=True),
    "clamp": Function(3, 3),
    "sum": Function(reduces=True),
    "mean": Function(reduces=True),
    "norm": Function(reduces=True),
    "size": Function(reduces=True),
    "dims": Function(),
    "transpose": Function(),
    "outer": Function(2, 2),
}


def misuse(name: str, count: int, axis: int | None) -> str | None:
    """What is wrong with a call of a function of the language; None where nothing is."""
    function = FUNCTIONS[name]
    if axis is not None:
        if not (function.reduces or name in EXTREMES):
            return f"{name} takes no axis."
        return None if count == 1 else f"{name} along an axis takes one argument, not {count}."
    if count < function.fewest:
        return f"{name} needs {function.fewest} argument{'s' * (function.fewest > 1)}, not {count}."
    if function.most is not None and count > function.most:
        return f"{name} takes {function.most} argument{'s' * (function.most > 1)}, not {count}."
    return None
