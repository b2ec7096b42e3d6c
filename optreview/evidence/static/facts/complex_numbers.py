"""What the source does with complex parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts.places import places
from optreview.records import ComplexVerdict

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading

_VIEWS = frozenset({"view_as_real", "view_as_complex", "real", "imag"})
_QUESTIONS = frozenset({"is_complex", "iscomplex"})


def splits_complex(event: Event) -> bool:
    """Whether a tensor is taken apart or asked for being complex; a conjugate alone is neither."""
    return event.name in _VIEWS or event.name in _QUESTIONS


def complex_verdict(reading: Reading) -> ComplexVerdict:
    """Rejected, taken apart, only asked for, or not thought of."""
    events = reading.of("complex")
    raised = [
        event
        for event in reading.of("raise")
        if event.guards and event.guards[-1].affirms and "complex" in event.guards[-1].traits
    ]
    viewed = [event for event in events if event.name in _VIEWS]
    # A helper of many classes takes apart what this one has rejected before, whatever its options.
    if viewed and not any(event.certain for event in raised):
        return ComplexVerdict(handling="viewed as real", locations=places(viewed))
    # A function that an option chooses may reject them where another one takes them.
    if any(_unchosen(event, reading) for event in raised):
        return ComplexVerdict(handling="rejected", locations=places(raised))
    asked = [event for event in events if event.name in _QUESTIONS]
    if asked:
        return ComplexVerdict(handling="asked for", locations=places(asked))
    return ComplexVerdict(handling="not decided" if reading.hidden else "unmentioned")


def _unchosen(event: Event, reading: Reading) -> bool:
    """Whether no option is asked on the way there."""
    chosen = any(id(frame) in reading.chosen for frame in event.stack[1:])
    return not chosen and not any(guard.names for guard in event.guards)
