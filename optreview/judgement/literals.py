"""Numbers as people write them in a call."""

from __future__ import annotations

import ast


def literal(value: float) -> str:
    """A Python literal as people write learning rates: 1e-4, 0.01, 0."""
    if value == 0:
        return "0.0"
    short = f"{value:.3g}"
    if abs(value) >= 1e-3:
        return short if any(c in short for c in ".e") else short + ".0"
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def value_of(source: str | None) -> object:
    """The value of a literal, or None for anything else: source text is never evaluated."""
    try:
        return ast.literal_eval(source) if source is not None else None
    except (ValueError, SyntaxError):
        return None
