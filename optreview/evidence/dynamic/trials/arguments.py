"""What a constructor takes, by its signature: switches, and numbers that can be turned."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.plan import Plan

#: Switches that choose how a step is computed, not what; and what cannot be stepped in a usual loop.
PATHS = frozenset({"foreach", "fused", "capturable", "differentiable"})


def switches(cls: type, plan: Plan) -> dict[str, bool]:
    """Boolean arguments and their defaults, but for the execution paths and what the plan sets."""
    return {n: v for n, v in _defaults(cls, plan) if isinstance(v, bool) and n not in PATHS}


def numbers(cls: type, plan: Plan) -> dict[str, float | tuple[float, ...]]:
    """Numeric arguments, and tuples of numbers such as betas, with their defaults."""
    found: dict[str, float | tuple[float, ...]] = {}
    for name, default in _defaults(cls, plan):
        several = default if isinstance(default, tuple) else (default,)
        if several and all(map(_is_number, several)):
            found[name] = default  # type: ignore[assignment]
    return found


def _defaults(cls: type, plan: Plan) -> Iterator[tuple[str, object]]:
    given = {option.name for option in plan.arguments}
    try:
        parameters = inspect.signature(cls).parameters.values()
    except (TypeError, ValueError):
        return
    for each in parameters:
        if each.default is not each.empty and each.name not in given:
            yield each.name, each.default


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
