"""What each state entry is, read from its recurrence: a running mean, a sum, a maximum, a copy."""

from __future__ import annotations

from dataclasses import dataclass
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
    """

    kind: Kind
    of: Formula | None = None
    decay: Formula | None = None


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
    return Role("sum", rest) if decay == 1 else _decaying(rest, decay)


def _decaying(rest: Formula, decay: Formula) -> Role:
    """A running mean only where what is added has the weight that the decay leaves."""
    if rest == 0:
        return Role("decayed-sum", rest, decay)
    share = sympy.factor_terms(rest) / (1 - decay)
    if not share.free_symbols & decay.free_symbols and decay.free_symbols:
        return Role("mean", share, decay)
    return Role("decayed-sum", rest, decay)


def coefficient(value: Formula, old: Formula) -> Formula | None:
    """The factor of ``old`` where the value is linear in it, else None."""
    slope = sympy.diff(value, old)
    if slope.has(old) or slope.has(sympy.Derivative, sympy.Subs):
        return None
    return sympy.expand(slope)
