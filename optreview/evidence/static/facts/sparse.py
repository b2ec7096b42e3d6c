"""What the source does with sparse gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts.places import places
from optreview.records import SparseVerdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.static.interpreter.events import Event, Guard
    from optreview.evidence.static.reading import Reading


def sparse_verdict(reading: Reading) -> SparseVerdict:
    """Whether sparse gradients are rejected, handled, or not thought of."""
    raised = [
        event for event in reading.in_step("raise") if event.guards and thinks_of_sparse(event.guards[-1])
    ]
    operations = [event for event in reading.in_step("sparse") if event.name != "is_sparse"]
    special = [
        event
        for event in reading.in_step("in_place", "write")
        if any(thinks_of_sparse(guard) for guard in event.guards)
    ]
    asked = [event for event in reading.in_step("sparse") if event.name == "is_sparse" and reading.own(event)]
    if raised and not operations:
        return SparseVerdict(handling="rejected", locations=places(raised))
    for events in (operations, special, asked):
        if events:
            return SparseVerdict(
                handling="handled", locations=places(events), rejected_when=_conditions(raised)
            )
    return SparseVerdict(handling="not decided" if reading.hidden else "unmentioned")


def _conditions(raised: Sequence[Event]) -> str | None:
    """The options with which the rejections are made; None where one is made with all of them."""
    tests = [" and ".join(dict.fromkeys(g.text for g in event.guards if g.names)) for event in raised]
    return " or ".join(dict.fromkeys(tests)) or None if all(tests) else None


def thinks_of_sparse(guard: Guard) -> bool:
    """Whether a condition asks for a sparse gradient."""
    return guard.affirms and "sparse" in guard.traits
