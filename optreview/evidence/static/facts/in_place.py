"""Operations that write into existing tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from optreview.evidence.static.interpreter.events import by_node
from optreview.records import InPlaceSite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading
    from optreview.records import Role

_EXPRESSION = 160


def in_place_sites(reading: Reading) -> tuple[InPlaceSite, ...]:
    """Every operation that writes into an existing tensor, by what that tensor is."""
    stepped = {event.node for event in reading.in_step("in_place")}
    found = {
        msgspec.structs.replace(site, in_step=events[0].node in stepped)
        for events in by_node(reading.of("in_place"))
        for site in _sites(events)
    }
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
            end=events[0].module.end(events[0].node),
        )


def _role(role: str) -> Role:
    names: dict[str, Role] = {
        "parameter": "parameter", "gradient": "gradient", "state": "state", "temporary": "temporary",
    }  # fmt: skip
    return names.get(role, "unknown")
