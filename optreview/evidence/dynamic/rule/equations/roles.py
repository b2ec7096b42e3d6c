"""What each state entry is, read from its recurrence: a running mean, a sum, a maximum, a copy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import sympy

if TYPE_CHECKING:
    from collections.abc import Collection

    from optreview.evidence.dynamic.rule.equations.algebra import Formula

Kind = Literal["mean", "sum", "decayed-sum", "maximum", "copy", "counter", "other"]


@dataclass(frozen=True)
class Role:
    """What a state entry is.

    Attributes:
        kind: ``mean``: of ``of`` with the decay ``decay``. ``sum``: of all ``of`` so far; ``decayed-sum``: of
            them, after the sum so far was multiplied by ``decay``. ``maximum``: of all ``of`` so far.
            ``copy``: ``of`` as it was in this step. ``counter``: it counts steps.
        plus: What is added to a running mean in every step, beside.
    """

    kind: Kind
    of: Formula | None = None
    decay: Formula | None = None
    plus: Formula | None = None


def role(old: Formula, value: Formula, scalars: Collection[Formula]) -> Role:
    """The role of a state entry.

    Args:
        old: Its symbol before the step.
        value: Its value after the step.
        scalars: Symbols that are numbers, the same for all elements.
    """
    if not value.has(old):
        return Role("copy", value)
    if isinstance(value, sympy.Max) and old in value.args:
        return Role("maximum", sympy.Max(*(each for each in value.args if each != old)))
    decay = coefficient(value, old)
    if decay is None or not decay.free_symbols <= set(scalars):
        return Role("other")
    rest = value.subs(old, 0)
    if decay == 1 and rest == 0:  # left as it was
        return Role("other")
    return Role("sum", rest) if decay == 1 else _decaying(rest, decay, scalars)


def _decaying(rest: Formula, decay: Formula, scalars: Collection[Formula]) -> Role:
    """A running mean only where what is added has the weight that the decay leaves, but for a number."""
    if rest == 0:
        return Role("decayed-sum", rest, decay)
    share = sympy.factor_terms(rest) / (1 - decay)
    if not share.free_symbols & decay.free_symbols and decay.free_symbols:
        return Role("mean", share, decay)
    plus = sympy.Add(
        *(term for term in sympy.Add.make_args(rest) if not term.free_symbols & decay.free_symbols)
    )
    if plus not in (0, rest) and plus.free_symbols <= set(scalars):
        inner = _decaying(rest - plus, decay, ())
        if inner.kind == "mean":
            return replace(inner, plus=plus)
    return Role("decayed-sum", rest, decay)


def coefficient(value: Formula, old: Formula) -> Formula | None:
    """The factor of ``old`` where the value is linear in it, else None."""
    slope = sympy.diff(value, old)
    if slope.has(old) or slope.has(sympy.Derivative, sympy.Subs):
        return None
    return sympy.expand(slope)
