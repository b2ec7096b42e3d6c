"""New tensors of the parameter's size, and reads that wait for the device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts.places import always, is_initial, sites
from optreview.evidence.static.interpreter import torch_names
from optreview.evidence.static.interpreter.events import waiting

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading
    from optreview.records import Site


def temporaries(reading: Reading) -> tuple[Site, ...]:
    """Operations on full-size tensors that make a new one, leaving aside what the first step sets up."""

    def allocates(event: Event) -> bool:
        """A conversion hands back the same tensor when there is nothing to convert."""
        return always(event, reading) and event.name not in torch_names.CONVERSIONS

    made = (event for event in reading.in_step("allocate") if not is_initial(event))
    return sites(made, allocates, reading.chosen)


def host_syncs(reading: Reading) -> tuple[Site, ...]:
    """Reads of a tensor's value into Python; a tensor that was made on the host is read without waiting.

    A tensor that is given as ``alpha=`` or ``value=`` is read by the operation that it is given to.
    """
    reads = [event for events in waiting(reading.in_step("sync", "scalar_tensor")) for event in events]
    return sites(reads, lambda event: always(event, reading) and _on_device(event), reading.chosen)


def _on_device(event: Event) -> bool:
    return bool(event.tensors) and all(tensor.role != "unknown" for tensor in event.tensors)
