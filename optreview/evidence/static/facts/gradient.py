"""Whether ``step`` changes the gradients it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts.places import always, sites
from optreview.evidence.static.interpreter.events import by_node
from optreview.records import GradientMutation

if TYPE_CHECKING:
    from optreview.evidence.static.reading import Reading


def gradient_mutation(reading: Reading) -> GradientMutation:
    """Every operation that writes into ``p.grad``, and whether every step makes one of them."""
    written = by_node(reading.in_step("in_place"))
    mixed = {
        events[0].node
        for events in written
        if len({tensor.role for event in events for tensor in event.tensors}) > 1
    }
    writing = [
        event
        for events in written
        for event in events
        if any(tensor.role == "gradient" for tensor in event.tensors)
    ]
    found = sites(writing, lambda event: always(event, reading) and event.node not in mixed)
    if not found:
        return GradientMutation(answer="not decided" if reading.limits else "no")
    certain = any(site.certain for site in found)
    return GradientMutation(answer="yes" if certain else "on some paths", sites=found)
