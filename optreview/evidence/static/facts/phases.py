"""The phases of a step in order, told by what happens, never by what things are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from optreview.evidence.static.facts.complex_numbers import splits_complex
from optreview.evidence.static.facts.places import is_initial
from optreview.evidence.static.facts.sparse import thinks_of_sparse
from optreview.evidence.static.facts.weight_decay import coupling_of, decay_names
from optreview.frozen import Frozen
from optreview.records import Location, Phase

if TYPE_CHECKING:
    import libcst as cst

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.interpreter.values import Names
    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.source.modules import Module
    from optreview.records import PhaseName

_Path = tuple[tuple["cst.CSTNode", "cst.CSTNode | None"], ...]
_DIRECT: dict[str, PhaseName] = {
    "closure": "closure",
    "gradient": "gradients",
    "sparse": "sparse gradients",
    "complex": "complex numbers",
    "correction": "bias correction",
}
_WRITTEN: dict[str, PhaseName] = {
    "state": "state update",
    "parameter": "parameter update",
    "gradient": "gradient change",
}


class _Step(Frozen, frozen=True):
    """An event's phase, and the function that it is told of."""

    phase: PhaseName
    function: cst.CSTNode
    name: str
    module: Module
    first: int
    last: int
    column: int
    calls: str | None = None

    @property
    def defined(self) -> Location | None:
        """Where the function's name stands; a lambda has none."""
        name = getattr(self.function, "name", None)
        return self.module.location(name) if name is not None else None


def phases(reading: Reading) -> tuple[Phase, ...]:
    """Stretches of lines with one purpose; a call that serves a single purpose counts where it is made."""
    decays = decay_names(reading)
    seen = [
        (event, phase)
        for event in reading.events
        if event.entry == "step" and (phase := phase_of(event, decays)) is not None
    ]
    purposes: dict[_Path, set[PhaseName]] = {}
    for event, phase in seen:
        path = _path(event)
        for depth in range(1, len(path) + 1):
            purposes.setdefault(path[:depth], set()).add(phase)
    functions: dict[cst.CSTNode, list[_Step]] = {}
    for event, phase in seen:
        for step in _placed(event, phase, purposes):
            functions.setdefault(step.function, []).append(step)
    return tuple(entry for steps in functions.values() for entry in _stretches(steps))


def phase_of(event: Event, decays: Names) -> PhaseName | None:
    """The purpose of one event; most have none of their own."""
    if event.kind == "raise":
        return "sparse gradients" if event.guards and thinks_of_sparse(event.guards[-1]) else None
    if event.kind == "complex" and not splits_complex(event):
        return None
    if event.kind == "write":
        return "state initialisation" if is_initial(event) else "state update"
    if event.kind in {"in_place", "allocate"}:
        return _computed(event, decays)
    return _DIRECT.get(event.kind)


def _computed(event: Event, decays: Names) -> PhaseName | None:
    if decays and coupling_of(event, decays) is not None:
        return "weight decay"
    if event.kind == "allocate" or is_initial(event):
        return None
    known = {tensor.role for tensor in event.tensors} & _WRITTEN.keys()
    return _WRITTEN[known.pop()] if len(known) == 1 else None


def _path(event: Event) -> _Path:
    return tuple((frame.node, frame.site) for frame in event.stack)


def _placed(event: Event, phase: PhaseName, purposes: dict[_Path, set[PhaseName]]) -> list[_Step]:
    """The calls that lead to the function an event is told of, then the event's place in it."""
    path = _path(event)
    depth = len(path)
    while depth > 1 and len(purposes[path[:depth]]) == 1:
        depth -= 1
    steps = [_at(event, level, "call") for level in range(1, depth)]
    return [*(step for step in steps if step is not None), _at(event, depth, phase) or _inside(event, phase)]


def _at(event: Event, depth: int, phase: PhaseName) -> _Step | None:
    """The place in a function of the stack: where it calls the next one, or the event itself."""
    frame = event.stack[depth - 1]
    if depth == len(event.stack):
        return _inside(event, phase)
    inner = event.stack[depth]
    if inner.site is None or inner.site_module is not frame.module:
        return None
    span = frame.module.span(inner.site)
    calls = inner.name if phase == "call" else None
    return _Step(phase, frame.node, frame.name, frame.module, span.line, span.end_line, span.column, calls)


def _inside(event: Event, phase: PhaseName) -> _Step:
    frame, span = event.stack[-1], event.module.span(event.node)
    return _Step(phase, frame.node, frame.name, event.module, span.line, span.end_line, span.column)


def _continues(step: _Step, phase: Phase) -> bool:
    return phase.name == step.phase != "call" and phase.location.file == step.module.file


def _repeats(step: _Step, found: list[Phase]) -> bool:
    """Gradients are read and asked for all over a step; only where that starts is worth a line."""
    return step.phase in {"gradients", "sparse gradients"} and any(
        phase.name == step.phase for phase in found[:-1] if phase.location.file == step.module.file
    )


def _stretches(steps: list[_Step]) -> list[Phase]:
    """Neighbouring lines of one purpose are one stretch."""
    found: list[Phase] = []
    told: set[tuple[str, int, PhaseName, str | None]] = set()
    for step in sorted(steps, key=lambda entry: (entry.module.file, entry.first, entry.column, entry.last)):
        if (step.module.file, step.first, step.phase, step.calls) in told or _repeats(step, found):
            continue
        told.add((step.module.file, step.first, step.phase, step.calls))
        if found and _continues(step, found[-1]):
            last = max(found[-1].end_line, step.last)
            found[-1] = structs.replace(found[-1], end_line=last)
        else:
            found.append(
                Phase(
                    name=step.phase,
                    function=step.name,
                    location=Location(file=step.module.file, line=step.first, column=step.column),
                    end_line=step.last,
                    calls=step.calls,
                    defined=step.defined,
                )
            )
    return found
