"""State by families of shapes: which of them a difference is in, and what only one of them shows.

In the models that are run, convolutions and vectors are a hundredth of the parameters. What is more for these
alone is lost in a figure about all, and is much on models that are made of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import structs

from optreview.gate.difference import at_7b, differs, of_family, parts
from optreview.records import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optreview.records import Tolerance
    from optreview.records.memory import Family

    Divided = Mapping[Family, Mapping[str, float]]


def divided(
    run: str, before: Divided, after: Divided, whole: Change | None, tolerance: Tolerance
) -> Iterator[Change]:
    """The change of all state with the families it is in, then those that it does not tell of.

    Args:
        run: The run that all of it is about.
        before: The buffers of each family of shapes; none where that was not measured.
        after: The same now.
        whole: The change of all state, if there is one.
        tolerance: What figures may differ by.
    """
    own = of_family(tolerance)
    shared = sorted(before.keys() & after.keys())
    sums = {each: (sum(before[each].values()), sum(after[each].values())) for each in shared}
    moved = {each: _verdict(*sums[each]) for each in shared if differs(*sums[each], own)}
    if whole is not None:
        alike = tuple(each for each in moved if moved[each] == whole.verdict)
        yield structs.replace(whole, only=alike if len(alike) < len(shared) else ())
    for each, verdict in moved.items():
        if whole is None or verdict != whole.verdict:
            was, now = sums[each]
            yield Change(
                run=run,
                figure="state",
                verdict=verdict,
                before=round(was, 6),
                after=round(now, 6),
                at_7b=at_7b(now - was),
                parts=parts(before[each], after[each], own),
                family=each,
            )


def _verdict(before: float, after: float) -> Literal["worse", "better"]:
    return "worse" if after > before else "better"
