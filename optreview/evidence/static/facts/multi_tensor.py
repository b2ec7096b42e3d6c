"""Calls that take whole lists of tensors, the lines that update parameters first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.queries import spread
from optreview.evidence.static.interpreter.tensors import of_options

if TYPE_CHECKING:
    import libcst as cst

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.interpreter.values import Tensor
    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.source.modules import Module
    from optreview.records import Location

FOREACH = ("_foreach_",)
_TRAINED = frozenset({"parameter", "gradient", "state"})
FUSED = ("_fused_", "_single_tensor_fused")


def list_calls(reading: Reading, prefixes: tuple[str, ...] = FOREACH) -> list[Event]:
    """The calls that ``step`` reaches; a list of learning rates is none of tensors that are trained."""
    calls = reading.in_step("call")
    return [event for event in calls if _tail(event).startswith(prefixes) and not _of_numbers(event)]


def list_places(reading: Reading, prefixes: tuple[str, ...] = FOREACH) -> tuple[Location, ...]:
    """Where they are, each line once: those that update parameters first, in the class's file before others.

    What a helper of another file does to parameters is told of the line that calls it.
    """
    ranks: dict[tuple[str, int], tuple[tuple[bool, bool, int, bool], Location]] = {}
    for event in list_calls(reading, prefixes):
        module, node = _own_place(event, reading)
        place = module.location(node)
        updates = event.name.endswith("_") and any(tensor.role == "parameter" for tensor in _given(event))
        own = module is reading.lineage.subject.module
        choices = sum(not guard.routine for guard in event.guards)
        known = ((not updates, not own, choices, not own), place)
        line = (place.file, place.line)
        ranks[line] = min(ranks.get(line, known), known)
    return tuple(place for _, place in sorted(ranks.values()))


def _own_place(event: Event, reading: Reading) -> tuple[Module, cst.CSTNode]:
    """The event itself, or the innermost call in the class's own file that leads to it."""
    own = reading.lineage.subject.module
    if event.module is own:
        return event.module, event.node
    for frame in reversed(event.stack[1:]):
        if frame.site_module is own and frame.site is not None:
            return own, frame.site
    return event.module, event.node


def _given(event: Event) -> list[Tensor]:
    return spread(event.operands[0]) if event.operands else list(event.tensors)


def _of_numbers(event: Event) -> bool:
    """Whether the list is one of numbers, or computed from such: not from parameters, gradients or state."""
    held = [tensor for value in event.operands for tensor in spread(value)]
    if not held and any(of_options(value) for value in event.operands[:1]):
        return True
    given = _given(event) or held
    return bool(given) and all(
        tensor.role == "temporary" and tensor.size == "scalar" and not tensor.of & _TRAINED
        for tensor in given
    )


def _tail(event: Event) -> str:
    return event.name.rpartition(".")[2]
