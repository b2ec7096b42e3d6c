r"""Update rules as LaTeX that GitHub renders in a ``math`` block: one ``aligned`` environment, a row a line.

GitHub refuses ``\operatorname`` and macros of one's own, so words are set in ``\mathrm``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.notation.syntax import (
    Average,
    Branch,
    Call,
    Comparison,
    Let,
    Logical,
    Name,
    Negative,
    Not,
    Number,
    Operation,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.notation.syntax import Expression, Statement

_GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "rho",
        "sigma",
        "tau",
        "phi",
        "chi",
        "psi",
        "omega",
    ]
)
_WORDS = {"eps": r"\epsilon", "lambd": r"\lambda", "lambda_": r"\lambda"}
_RELATIONS = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne"}
#: How tightly an expression holds together: a sum, a product, a power, a single thing.
_LOGIC, _SUM, _PRODUCT, _POWER, _ATOM = range(5)
_HAT = "_hat"


def latex(lines: tuple[Statement, ...]) -> str:
    """The rule as an ``aligned`` environment."""
    rows = " \\\\\n".join(_rows(lines, ""))
    return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"


def _rows(lines: tuple[Statement, ...], indent: str) -> Iterator[str]:
    for line in lines:
        if isinstance(line, Branch):
            yield f"&{indent}\\textbf{{if }} {_written(line.condition, _LOGIC)}:"
            yield from _rows(line.then, indent + r"\quad ")
            if line.otherwise:
                yield f"&{indent}\\textbf{{else:}}"
                yield from _rows(line.otherwise, indent + r"\quad ")
        else:
            arrow = "=" if isinstance(line, Let) else r"\leftarrow"
            yield f"&{indent}{_name(line.name)} {arrow} {_right_side(line.value)}"


def _right_side(value: Expression | Average) -> str:
    if isinstance(value, Average):
        return (
            rf"\mathrm{{EMA}}_{{{_written(value.decay, _LOGIC)}}}\left({_written(value.value, _LOGIC)}\right)"
        )
    return _written(value, _LOGIC)


def _written(node: Expression, weakest: int) -> str:
    """An expression, in parentheses where it holds together less tightly than what is around it."""
    strength, text = _parts(node)
    return text if strength >= weakest else rf"\left({text}\right)"


def _parts(node: Expression) -> tuple[int, str]:
    if isinstance(node, Number):
        return _number(node.value)
    if isinstance(node, Name):
        return _ATOM, _name(node.name) + ("'" if node.new else "")
    if isinstance(node, Negative):
        return _SUM, f"-{_written(node.operand, _PRODUCT)}"
    if isinstance(node, (Not, Comparison, Logical)):
        return _condition(node)
    return _operation(node) if isinstance(node, Operation) else (_ATOM, _call(node))


def _condition(node: Not | Comparison | Logical) -> tuple[int, str]:
    if isinstance(node, Not):
        return _ATOM, rf"\lnot\,{_written(node.operand, _ATOM)}"
    if isinstance(node, Comparison):
        sides = (_written(each, _SUM) for each in (node.left, node.right))
        return _LOGIC, f" {_RELATIONS[node.relation]} ".join(sides)
    sign = r"\land" if node.connective == "and" else r"\lor"
    sides = (_written(each, _ATOM) for each in (node.left, node.right))
    return _LOGIC, f" {sign} ".join(sides)


def _operation(node: Operation) -> tuple[int, str]:
    left, right = node.left, node.right
    if node.operator == "/":
        return _POWER, rf"\frac{{{_written(left, _LOGIC)}}}{{{_written(right, _LOGIC)}}}"
    if node.operator == "^":
        return _POWER, f"{_written(left, _ATOM)}^{{{_written(right, _LOGIC)}}}"
    if node.operator in "*@":
        sign = r" \, " if node.operator == "*" else " "
        return _PRODUCT, f"{_written(left, _PRODUCT)}{sign}{_written(right, _POWER)}"
    return _SUM, f"{_written(left, _SUM)} {node.operator} {_written(right, _PRODUCT)}"


def _call(node: Call) -> str:
    given = [_written(each, _LOGIC) for each in node.arguments]
    axis = "" if node.axis is None else f"_{{{node.axis}}}"
    if node.function == "sqrt":
        return rf"\sqrt{{{given[0]}}}"
    if node.function == "abs":
        return rf"\left|{given[0]}\right|"
    if node.function == "norm":
        return rf"\left\lVert {given[0]} \right\rVert{axis}"
    if node.function == "transpose":
        return rf"{_written(node.arguments[0], _ATOM)}^{{\top}}"
    if node.function == "where":
        return rf"\begin{{cases}}{given[1]} & {given[0]}\\ {given[2]} & \text{{else}}\end{{cases}}"
    return rf"\mathrm{{{_word(node.function)}}}{axis}\left({', '.join(given)}\right)"


def _name(name: str) -> str:
    """``beta1`` as a Greek letter with an index, ``exp_avg_hat`` under a hat, other words upright."""
    if name.endswith(_HAT) and name != _HAT:
        return rf"\widehat{{{_name(name.removesuffix(_HAT))}}}"
    if name in _WORDS:
        return _WORDS[name]
    found = re.fullmatch(r"([A-Za-z]+?)_?(\d*|[a-z]|inf|max|min)", name)
    if found and found[1] in _GREEK:
        index = r"\infty" if found[2] == "inf" else found[2]
        return f"\\{found[1]}_{{{index}}}" if index else f"\\{found[1]}"
    if re.fullmatch(r"[A-Za-z]\d*", name):
        return f"{name[0]}_{{{name[1:]}}}" if name[1:] else name
    return rf"\mathrm{{{_word(name)}}}"


def _word(name: str) -> str:
    return name.replace("_", r"\_")


def _number(value: float) -> tuple[int, str]:
    if value == float("inf"):
        return _ATOM, r"\infty"
    text = repr(int(value)) if value.is_integer() and value < 1e15 else f"{value:.12g}"
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return _ATOM, text
    power = f"10^{{{int(exponent)}}}"
    return (_ATOM, power) if mantissa == "1" else (_PRODUCT, rf"{mantissa} \cdot {power}")
