"""One rule a file: its docstring is its documentation, its examples are its tests."""

from __future__ import annotations

from functools import cache

from optreview import plugins
from optreview.evidence.static.rule import Rule


@cache
def catalogue() -> tuple[Rule, ...]:
    """Every rule in this folder, sorted by id."""
    return tuple(rule() for rule in plugins.classes(__name__, Rule))  # type: ignore[type-abstract]
