"""Places of events, as facts list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.evidence.static.events import Event
    from optreview.records import Location


def places(events: Iterable[Event]) -> tuple[Location, ...]:
    """Where these events happen, each place once, in the order of the source."""
    return tuple(sorted({event.location for event in events}))
