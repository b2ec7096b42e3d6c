"""The ways in which source and run can disagree: one check a file, found by location."""

from __future__ import annotations

from optreview.evidence.join.check import Check
from optreview.plugins import classes


def catalogue() -> tuple[Check, ...]:
    """Every check, in the order of the ids."""
    return tuple(cls() for cls in classes(__name__, Check))  # type: ignore[type-abstract]
