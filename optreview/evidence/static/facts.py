"""Facts distilled from events: hyperparameters, state buffers, in-place sites, the sparse verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.values import Const, Mapping, Scalar, Sequence, Tensor, Text
from optreview.records import Hyperparameter, InPlaceSite, SparseVerdict, StateBuffer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.evidence.static.events import Event, Guard
    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.values import Value
    from optreview.records import BufferKind, Location, Role

_SIZES: dict[str, BufferKind] = {
    "full": "full-size", "scalar": "scalar", "partial": "factored", "unknown": "unknown",
}  # fmt: skip
#: When a key holds several kinds of value, the first of these is what it is for.
_PREFERENCE: tuple[BufferKind, ...] = ("list", "full-size", "factored", "scalar", "unknown", "number")
_EXPRESSION = 160


# ---- hyperparameters


def hyperparameters(reading: Reading) -> tuple[Hyperparameter, ...]:
    """The constructor's parameters with what the docstring and the constructor's checks add."""
    checks = validations(reading)
    choices = _checked_choices(reading)
    found: list[Hyperparameter] = []
    for entry in reading.signature.parameters:
        documented = reading.documentation.parameters.get(entry.name)
        found.append(
            Hyperparameter(
                name=entry.name,
                location=entry.location,
                default=entry.default,
                annotation=entry.annotation,
                keyword_only=entry.keyword_only,
                choices=entry.choices or choices.get(entry.name, ()),
                description=(documented.description or None) if documented else None,
                documented_default=documented.default if documented else None,
                validated=checks.get(entry.name),
            )
        )
    return tuple(found)


def validations(reading: Reading) -> dict[str, Location]:
    """Where the constructor rejects bad values of each parameter."""
    found: dict[str, Location] = {}
    for event in reading.of("raise", entry="__init__"):
        if event.guards:
            for name in event.guards[-1].names:
                found.setdefault(name, _checked_at(event))
    return found


def _checked_at(event: Event) -> Location:
    """The check itself, or the constructor's line that calls the function which makes it."""
    for frame in event.stack[1:]:
        if not frame.is_constructor and frame.site is not None and frame.site_module is not None:
            return frame.site_module.location(frame.site)
    guard = event.guards[-1]
    return guard.module.location(guard.node)


def _checked_choices(reading: Reading) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for event in reading.of("raise"):
        if event.guards:
            for name, choices in event.guards[-1].choices:
                found.setdefault(name, choices)
    return found


# ---- state


def state_buffers(reading: Reading) -> tuple[StateBuffer, ...]:
    """Every key written into ``self.state[p]``, in the order of the source."""
    writes: dict[str, list[Event]] = {}
    for event in reading.of("write"):
        writes.setdefault(event.name, []).append(event)
    buffers = [_buffer(key, events) for key, events in writes.items()]
    return tuple(sorted(buffers, key=lambda buffer: (buffer.sites[0], buffer.key)))


def _buffer(key: str, events: list[Event]) -> StateBuffer:
    regular = [event for event in events if event.entry in {"step", "__init__"}]
    kinds = {kind for event in events for kind in kinds_of(event.value)}
    kind: BufferKind = next((entry for entry in _PREFERENCE if entry in kinds), "unknown")
    sites = tuple(dict.fromkeys(event.location for event in [*regular, *events]))
    gate, names = _gate(regular) if regular else (f"{events[0].entry}()", ())
    return StateBuffer(key=key, kind=kind, sites=sites, gate=gate, gated_by=names)


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
    if () in ways or _exhaustive(list(ways)):
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
    return bool(guard.names) or "shape" in guard.traits or _sparse(guard)


def _exhaustive(ways: list[tuple[tuple[int, bool], ...]]) -> bool:
    """Whether two ways differ in nothing but the outcome of one test."""
    known = set(ways)
    for way in ways:
        for position, (node, positive) in enumerate(way):
            if (*way[:position], (node, not positive), *way[position + 1 :]) in known and len(way) == 1:
                return True
    return False


# ---- writes into tensors


def in_place_sites(reading: Reading) -> tuple[InPlaceSite, ...]:
    """Every operation that writes into an existing tensor, by what that tensor is."""
    by_node: dict[object, list[Event]] = {}
    for event in reading.of("in_place"):
        by_node.setdefault(event.node, []).append(event)
    found = {site for events in by_node.values() for site in _sites(events)}
    return tuple(
        sorted(found, key=lambda s: (s.location, s.role, s.state_key or "", s.expression, s.certain))
    )


def _sites(events: list[Event]) -> Iterable[InPlaceSite]:
    targets = {(tensor.role, tensor.key) for event in events for tensor in event.tensors}
    known = {target for target in targets if target[0] not in {"temporary", "unknown"}}
    ambiguous = len({role for role, _ in targets}) > 1
    certain = not ambiguous and any(event.certain for event in events)
    expression = events[0].module.text(events[0].node)
    if len(expression) > _EXPRESSION:
        expression = expression[: _EXPRESSION - 1] + "…"
    for role, key in sorted(known or targets, key=str):
        yield InPlaceSite(
            location=events[0].location,
            expression=expression,
            role=_role(role),
            certain=certain,
            state_key=key,
        )


def _role(role: str) -> Role:
    names: dict[str, Role] = {
        "parameter": "parameter", "gradient": "gradient", "state": "state", "temporary": "temporary",
    }  # fmt: skip
    return names.get(role, "unknown")


# ---- sparse gradients


def sparse_verdict(reading: Reading) -> SparseVerdict:
    """Whether sparse gradients are rejected, handled, or not thought of."""
    raised = [event for event in reading.in_step("raise") if event.guards and _sparse(event.guards[-1])]
    operations = [event for event in reading.in_step("sparse") if event.name != "is_sparse"]
    special = [
        event
        for event in reading.in_step("in_place", "write")
        if any(_sparse(guard) for guard in event.guards)
    ]
    asked = [event for event in reading.in_step("sparse") if event.name == "is_sparse" and reading.own(event)]
    if raised and not operations:
        return SparseVerdict(handling="rejected", locations=_places(raised))
    for events in (operations, special, asked):
        if events:
            return SparseVerdict(handling="handled", locations=_places(events))
    return SparseVerdict(handling="unmentioned")


def _sparse(guard: Guard) -> bool:
    return guard.positive and "sparse" in guard.traits


def _places(events: Iterable[Event]) -> tuple[Location, ...]:
    return tuple(sorted({event.location for event in events}))
