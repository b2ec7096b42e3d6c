"""New tensors of the parameter's size, and reads that wait for the device."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.evidence.static.facts.places import always, is_initial, sites
from optreview.evidence.static.interpreter import torch_names
from optreview.evidence.static.interpreter.events import waiting

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading
    from optreview.records import Site

#: A test of a count that is kept beside the state: the whole of it, as a remainder is zero more often.
_FIRST = re.compile(r"""^\(?\w+\[["']\w*step\w*["']\] (== [01]|< 1|<= [01])\)?$""")


def temporaries(reading: Reading) -> tuple[Site, ...]:
    """Operations on full-size tensors that make a new one, leaving aside what the first step sets up.

    A conversion is none: it hands back the same tensor where there is nothing to convert.
    """
    made = (
        event
        for event in reading.in_step("allocate")
        if not (is_initial(event) or _once(event)) and event.name not in torch_names.CONVERSIONS
    )
    return sites(made, lambda event: always(event, reading), reading.chosen)


def _once(event: Event) -> bool:
    """Whether it waits for the count of steps to be that of the first."""
    return any(
        guard.positive and "state" in guard.traits and _FIRST.search(guard.module.text(guard.node))
        for guard in event.guards
    )


def host_syncs(reading: Reading) -> tuple[Site, ...]:
    """Reads of a tensor's value into Python; a tensor that was made on the host is read without waiting.

    A tensor that is given as ``alpha=`` or ``value=`` is read by the operation that it is given to.
    """
    reads = [event for events in waiting(reading.in_step("sync", "scalar_tensor")) for event in events]
    return sites(reads, lambda event: always(event, reading) and _on_device(event), reading.chosen)


def _on_device(event: Event) -> bool:
    return bool(event.tensors) and all(tensor.role != "unknown" for tensor in event.tensors)
