"""State buffers: keys, kinds, gates, and every place that writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts.roles import roles
from optreview.evidence.static.facts.sparse import thinks_of_sparse
from optreview.evidence.static.interpreter.holders import Mapping, Sequence
from optreview.evidence.static.interpreter.values import Const, Scalar, Tensor, Text
from optreview.records import StateBuffer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.interpreter.events import Event, Guard
    from optreview.evidence.static.interpreter.values import Value
    from optreview.evidence.static.reading import Reading

    #: Tests on the way to a place, each with its outcome.
    Way = tuple[tuple[int, bool], ...]
    Ways = dict[Way, tuple[Guard, ...]]
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
    ways: Ways = {}
    for event in events:
        guards = tuple(dict.fromkeys(guard for guard in event.guards if _chooses(guard)))
        ways.setdefault(tuple((id(guard.node), guard.positive) for guard in guards), guards)
    if _exhaustive(frozenset(map(frozenset, ways))):
        return None, ()
    ways = _merged(ways)
    if () in ways:
        return None, ()
    names = sorted({name for guards in ways.values() for guard in guards for name in guard.names})
    texts = [" and ".join(dict.fromkeys(_operand(guard) for guard in guards)) for guards in ways.values()]
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


def _merged(ways: Ways) -> Ways:
    """The ways, where two that differ in nothing but the outcome of one test are one without it."""
    merged = dict(ways)
    while (pair := next(_pairs(merged), None)) is not None:
        way, other, position = pair
        guards = merged.pop(way)
        del merged[other]
        merged[(*way[:position], *way[position + 1 :])] = (*guards[:position], *guards[position + 1 :])
    return merged


def _pairs(ways: Ways) -> Iterator[tuple[Way, Way, int]]:
    for way in ways:
        for position, (node, positive) in enumerate(way):
            other = (*way[:position], (node, not positive), *way[position + 1 :])
            if other in ways:
                yield way, other, position
