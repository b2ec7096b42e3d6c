"""When two figures differ, by what, and what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from optreview.records import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optreview.records import Tolerance

SEVEN_BILLION = 7_000_000_000


def differs(before: float, after: float, tolerance: Tolerance) -> bool:
    """Whether two figures differ by more than both tolerances allow; which is which does not matter."""
    change = abs(after - before)
    return change > tolerance.bytes_per_parameter and change > tolerance.relative * max(before, after)


def of_family(tolerance: Tolerance) -> Tolerance:
    """The tolerance for figures of one family of shapes."""
    return structs.replace(tolerance, bytes_per_parameter=tolerance.family)


def at_7b(per_parameter: float) -> int:
    """Bytes at seven billion parameters."""
    return round(per_parameter * SEVEN_BILLION)


def parts(before: Mapping[str, float], after: Mapping[str, float], tolerance: Tolerance) -> tuple[Part, ...]:
    """The buffers that differ; a buffer that only has another name is one more and one less."""
    pairs = ((key, before.get(key, 0.0), after.get(key, 0.0)) for key in {*before, *after})
    found = [Part(key=key, before=was, after=now) for key, was, now in pairs if differs(was, now, tolerance)]
    return tuple(sorted(found, key=lambda part: (-abs(part.after - part.before), part.key)))
