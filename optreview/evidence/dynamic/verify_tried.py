"""Does what the box says of recommended lines hold together?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.dynamic.wire import Script
    from optreview.records import Tried

_MOST_STEPS, _LONGEST = 1000, 1000


def tells_of(tried: Sequence[Tried], scripts: Sequence[Script]) -> bool:
    """Whether it is about these lines, one answer each, with a reason where they failed and only there."""
    return [each.text for each in tried] == [script.text for script in scripts] and all(
        0 <= each.steps <= _MOST_STEPS
        and bool(each.reason) == (each.outcome == "failed")
        and bool(each.steps) >= (each.outcome == "ran")
        and each.reason.isprintable()
        and len(each.reason) < _LONGEST
        for each in tried
    )
