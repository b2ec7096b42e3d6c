"""State buffers: keys, kinds, gates, and every place that writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts.roles import roles
from optreview.evidence.static.facts.sparse import thinks_of_sparse
from optreview.evidence.static.interpreter.holders import Mapping, Sequence
from optreview.evidence.static.interpreter.values import Const, Scalar, Tensor, Text
from optreview.records import StateBuffer

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.events import Event, Guard
    from optreview.evidence.static.interpreter.values import Value
    from optreview.evidence.static.reading import Reading
    from optreview.records import BufferKind

_SIZES: dict[str, BufferKind] = {
    "full": "full-size", "scalar": "scalar", "partial": "factored", "unknown": "unknown",
}  # fmt: skip
#: When a key holds several kinds of value, the first of these is what it is for.
_PREFERENCE: tuple[BufferKind, ...] = ("list", "full-size", "factored", "scalar", "unknown", "number")

#: Ways to one buffer, beyond which it is not looked whether they are all.
_MOST_WAYS = 64


def state_buffers(reading: Reading) -> tuple[StateBuffer, ...]:
    """Every key written into ``self.state[p]``, in the order of the source."""
    writes: dict[str, list[Event]] = {}
    for event in reading.of("write"):
        writes.setdefault(event.name, []).append(event)
    known = roles(reading)
    buffers = [_buffer(key, events, known.get(key)) for key, events in writes.items()]
    return tuple(sorted(buffers, key=lambda buffer: (buffer.sites[0], buffer.key)))


def _buffer(key: str, events: list[Event], role: str | None) -> StateBuffer:
    regular = [event for event in events if event.entry in {"step", "__init__"}]
    kinds = {kind for event in events for kind in kinds_of(event.value)}
    kind: BufferKind = next((entry for entry in _PREFERENCE if entry in kinds), "unknown")
    sites = tuple(dict.fromkeys(event.location for event in [*regular, *events]))
    gate, names = _gate(regular) if regular else (f"{events[0].entry}()", ())
    return StateBuffer(key=key, kind=kind, sites=sites, gate=gate, gated_by=names, role=role)


def kinds_of(value: Value) -> set[BufferKind]:
    """The kinds of buffer that a stored value can be."""
    found: set[BufferKind] = set()
    for atom in value:
        if isinstance(atom, Tensor):
            found.add(_SIZES[atom.size])
        elif isinstance(atom, Sequence | Mapping):
            found.add("list")
        elif isinstance(atom, Const) and isinstance(atom.value, int | float):
            found.add("number")
        elif isinstance(atom, Scalar):
            found.add("unknown" if "unknown" in atom.traits else "number")
        elif isinstance(atom, Text) or not isinstance(atom, Const):
            found.add("unknown")
    return found


def _gate(events: list[Event]) -> tuple[str | None, tuple[str, ...]]:
    """The conditions under which some write happens; None when one happens always."""
    ways: dict[tuple[tuple[int, bool], ...], tuple[Guard, ...]] = {}
    for event in events:
        guards = tuple(dict.fromkeys(guard for guard in event.guards if _chooses(guard)))
        ways.setdefault(tuple((id(guard.node), guard.positive) for guard in guards), guards)
    if _exhaustive(frozenset(map(frozenset, ways))):
        return None, ()
    names = sorted({name for guards in ways.values() for guard in guards for name in guard.names})
    by_names = {
        frozenset(name for guard in guards for name in guard.names): guards
        for guards in reversed(ways.values())
    }
    texts = [
        " and ".join(dict.fromkeys(_operand(guard) for guard in guards))
        for guards in reversed(by_names.values())
    ]
    return " or ".join(dict.fromkeys(texts)), tuple(names)


def _operand(guard: Guard) -> str:
    text = guard.text
    return f"({text})" if " or " in text and not text.startswith("not (") else text


def _chooses(guard: Guard) -> bool:
    """Whether a guard depends on an option or on the parameter's shape."""
    return bool(guard.names) or "shape" in guard.traits or thinks_of_sparse(guard)


#: Outcomes of tests, in any order.
_Way = frozenset[tuple[int, bool]]


def _exhaustive(ways: frozenset[_Way]) -> bool:
    """Whether one of the ways is always taken: of two that differ in the outcome of one test, one is."""
    if frozenset() in ways or len(ways) > _MOST_WAYS:
        return frozenset() in ways
    merged = {
        way - {test} for way in ways for test in way if (way - {test}) | {(test[0], not test[1])} in ways
    }
    return bool(merged - ways) and _exhaustive(ways | merged)
