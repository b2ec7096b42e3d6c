"""Hyperparameters: what the signature, the docstring, the checks and the reads say of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts.given_groups import written_keys
from optreview.evidence.static.facts.wrapping import held_optimizers
from optreview.evidence.static.interpreter.values import origins
from optreview.records import Hyperparameter

if TYPE_CHECKING:
    from collections.abc import Container

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading
    from optreview.records import Location

#: What torch keeps in every group; a star stands for keys that are computed.
_OF_TORCH = frozenset({"params", "param_names", "initial_lr", "*"})


def hyperparameters(reading: Reading) -> tuple[Hyperparameter, ...]:
    """The constructor's parameters with what the docstring and the constructor's checks add."""
    checks = validations(reading)
    choices = _checked_choices(reading)
    reads = read_places(reading)
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
                read_at=reads.get(entry.name, ()),
            )
        )
    return tuple(found)


def options_of_groups(reading: Reading) -> tuple[str, ...]:
    """Keys of the parameter groups that ``step`` reads, and neither the constructor nor the class puts there.

    A user may set them in the groups, or by a keyword that the constructor takes beside those it has. Where
    code was not read, or another optimizer's groups are used, something else may put them there.
    """
    if reading.hidden or held_optimizers(reading):
        return ()
    known = {entry.name for entry in reading.signature.parameters} | reading.groups.keys() | reading.counters
    found = reading.names("group", "step") - known - _OF_TORCH
    return tuple(sorted(found - written_keys(reading))) if found else ()


def group_reads(reading: Reading, names: Container[str]) -> tuple[Location, ...]:
    """Where ``step`` looks these keys up in a parameter group."""
    found = {
        access.module.location(access.node)
        for access in reading.accesses
        if access.what == "group" and access.entry == "step" and access.name in names
    }
    return tuple(sorted(found))


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


def read_places(reading: Reading) -> dict[str, tuple[Location, ...]]:
    """Where methods other than the constructor look up a group key or an attribute that holds a parameter."""
    names = {entry.name for entry in reading.signature.parameters}
    holders = {
        "group": {key: origins(value)[0] for key, value in reading.groups.items()},
        "attribute": _kept(reading),
    }
    found: dict[str, set[Location]] = {}
    for access in reading.accesses:
        if access.entry == "__init__" or access.what not in holders:
            continue
        held = holders[access.what]
        keys = held if access.name == "*" else (access.name,)
        for name in {access.name, *(option for key in keys for option in held.get(key, ()))} & names:
            found.setdefault(name, set()).add(access.module.location(access.node))
    return {name: tuple(sorted(places)) for name, places in found.items()}


def _kept(reading: Reading) -> dict[str, frozenset[str]]:
    """The parameters that each attribute of ``self`` was made from."""
    kept: dict[str, frozenset[str]] = {}
    for event in reading.of("attribute"):
        kept[event.name] = kept.get(event.name, frozenset()) | origins(event.value)[0]
    return kept
