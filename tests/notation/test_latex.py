"""Update rules as LaTeX: what is printed is read back, by another reader, as the same rule."""

from __future__ import annotations

import math
import random
import re

import pytest

from optreview.notation.latex import latex
from optreview.notation.parser import statements
from optreview.notation.printer import expression
from optreview.notation.syntax import Call, Name, Negative, Number, Operation, Update


def row(text: str) -> str:
    """The rows of a rule, without the environment around them."""
    return latex(statements(text)).removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m ← EMA[beta1](g)", r"&m \leftarrow \mathrm{EMA}_{\beta_{1}}\left(g\right)"),
        ("exp_avg_hat = x / (1 - beta1^t)", r"&\widehat{\mathrm{exp\_avg}} = \frac{x}{1 - \beta_{1}^{t}}"),
        ("p ← p - lr * sign(g)", r"&p \leftarrow p - \mathrm{lr} \, \mathrm{sign}\left(g\right)"),
        ("p ← -(a + b)", r"&p \leftarrow -\left(a + b\right)"),
        ("p ← a - (b - c)", r"&p \leftarrow a - \left(b - c\right)"),
        ("p ← (a / b)^2", r"&p \leftarrow \left(\frac{a}{b}\right)^{2}"),
        ("p ← (a * b)^2", r"&p \leftarrow \left(a \, b\right)^{2}"),
        ("p ← 1e-08 * x", r"&p \leftarrow 10^{-8} \, x"),
        ("p ← x / 2.5e-08", r"&p \leftarrow \frac{x}{2.5 \cdot 10^{-8}}"),
        ("p ← mean[-1](g)", r"&p \leftarrow \mathrm{mean}_{-1}\left(g\right)"),
        ("p ← abs(g) @ transpose(g)", r"&p \leftarrow \left|g\right| g^{\top}"),
    ],
)
def test_a_line_looks_as_papers_write_it(text: str, expected: str) -> None:
    assert row(text) == expected


def test_cases_are_indented_under_their_condition() -> None:
    rows = row("if rho_t > 5:\n    p ← p - g\nelse:\n    p ← p").split(" \\\\\n")
    assert rows == [
        r"&\textbf{if } \rho_{t} > 5:",
        r"&\quad p \leftarrow p - g",
        r"&\textbf{else:}",
        r"&\quad p \leftarrow p",
    ]


def read(text: str) -> str:
    """LaTeX of arithmetic as Python, by rewriting: a second reader that shares nothing with the printer."""
    while True:
        inner = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", text)
        inner = re.sub(r"\\sqrt\{([^{}]*)\}", r"((\1)**0.5)", inner)
        inner = re.sub(r"\^\{([^{}]*)\}", r"**(\1)", inner)
        if inner == text:
            break
        text = inner
    text = text.replace(r"\left(", "(").replace(r"\right)", ")").replace(r"\,", "*").replace(r"\cdot", "*")
    return re.sub(r"\\left\|(.*?)\\right\|", r"abs(\1)", text)


def drawn(draw: random.Random, depth: int) -> Number | Name | Negative | Operation | Call:
    """A random expression of arithmetic."""
    if depth == 0 or draw.random() < 0.2:
        return Name(draw.choice("abc")) if draw.random() < 0.7 else Number(draw.choice((2.0, 0.5, 1e-3)))
    kind = draw.randrange(8)
    if kind == 0:
        return Negative(drawn(draw, depth - 1))
    if kind == 1:
        return Call("sqrt", (drawn(draw, depth - 1),))
    operator = draw.choice("+-*/^")
    right = Number(2.0) if operator == "^" else drawn(draw, depth - 1)
    return Operation(operator, drawn(draw, depth - 1), right)  # type: ignore[arg-type]


def worth(source: str, names: dict[str, float]) -> complex:
    """What Python makes of it; a quotient by zero is infinite."""
    try:
        return complex(eval(source, {"sqrt": lambda x: x**0.5}, names))
    except (ZeroDivisionError, OverflowError):
        return complex(math.inf)


@pytest.mark.parametrize("number", range(200))
def test_what_is_printed_means_the_same_to_another_reader(number: int) -> None:
    draw = random.Random(number)
    tree = drawn(draw, 4)
    names = {"a": 1.7, "b": -0.6, "c": 2.3}
    printed = latex((Update("p", tree),)).split(r"\leftarrow")[1].split("\n")[0]
    expected = worth(expression(tree).replace("^", "**"), names)
    found = worth(read(printed), names)
    assert found == pytest.approx(expected, rel=1e-9) or not math.isfinite(abs(expected))


def test_no_name_can_leave_the_block() -> None:
    written = latex(statements("p ← p - x_y_z * __import__(g)"))
    assert written.count("{") == written.count("}")
    assert "$" not in written
    assert "`" not in written
