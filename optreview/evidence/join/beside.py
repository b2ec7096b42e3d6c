"""Source and run side by side: which observation belongs to which place of the source."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from optreview.records import (
        DynamicEvidence,
        InPlaceSite,
        Location,
        Measurement,
        Observation,
        Position,
        StaticEvidence,
        Trace,
    )


class Beside:
    """One class's static evidence and its traced runs."""

    def __init__(self, static: StaticEvidence, dynamic: DynamicEvidence) -> None:
        self.static = static
        self.dynamic = dynamic
        self.traces: tuple[Trace, ...] = dynamic.traces

    @cached_property
    def observations(self) -> tuple[Observation, ...]:
        """What any traced run did, each thing once, in the order of the source."""
        seen = {each for trace in self.traces for each in trace.observations}
        return tuple(sorted(seen, key=lambda o: (o.location, o.end, o.kind, o.role or "", o.state_key or "")))

    @cached_property
    def complete(self) -> bool:
        """Whether the records hold all that the traced runs did."""
        return all(trace.complete for trace in self.traces)

    @cached_property
    def writes(self) -> tuple[Observation, ...]:
        """The writes into tensors among the observations."""
        return tuple(o for o in self.observations if o.kind == "in-place")

    @cached_property
    def reads(self) -> tuple[Observation, ...]:
        """The reads from device to host among the observations."""
        return tuple(o for o in self.observations if o.kind == "host-read")

    def ran(self, location: Location, end: Position | None = None) -> bool:
        """Whether a line of the expression ran."""
        last = end.line if end is not None else location.line
        return any((location.file, line) in self._lines for line in range(location.line, last + 1))

    def verdict(
        self, location: Location, end: Position | None, shows: Callable[[Observation], bool]
    ) -> Literal["seen", "not-seen", "not-reached"]:
        """What the runs say of a claim that something happens at a place."""
        if any(shows(each) and same_place(location, end, each) for each in self.observations):
            return "seen"
        return "not-seen" if self.complete and self.ran(location, end) else "not-reached"

    def sites(self, write: Observation) -> tuple[InPlaceSite, ...]:
        """What the source says of a write's place: of its very expression, or of one that begins there."""
        near = [s for s in self.static.in_place_sites if same_place(s.location, s.end, write)]
        exact = [s for s in near if s.end == write.end]
        return tuple(exact or near)

    def kept(self, pattern: str) -> bool:
        """Whether any run kept state under a key that a pattern describes."""
        return any(matches(pattern, key) for key in self._keys)

    def measured(self, name: str) -> Measurement | None:
        """A measurement of the dynamic half that has a value."""
        found = next((m for m in self.dynamic.measurements if m.id == name), None)
        return found if found is not None and found.presence == "measured" else None

    @cached_property
    def _lines(self) -> frozenset[tuple[str, int]]:
        return frozenset(
            (entry.file, line)
            for trace in self.traces
            for entry in trace.executed
            for line in numbers(entry.lines)
        )

    @cached_property
    def _keys(self) -> frozenset[str]:
        runs = [*self.dynamic.runs, *(each.run for each in self.dynamic.options if each.run is not None)]
        traced = {kept.key for trace in self.traces for kept in trace.state}
        return frozenset(traced | {b.key.partition(".")[0] for run in runs for b in run.buffers})


def same_place(location: Location, end: Position | None, observation: Observation) -> bool:
    """Whether an observation was made at a place that the source names.

    Python begins a call of a method that stands on a line of its own at the method's name, and an assignment
    to an element at that element; the source names the whole expression.
    """
    if observation.location.file != location.file or observation.location < location:
        return False
    if end is None:
        return observation.location == location
    return observation.end == end or (observation.location == location and observation.end < end)


def matches(pattern: str, key: str) -> bool:
    """Whether a key is the one that a pattern with ``*`` describes."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), key) is not None


def numbers(lines: str) -> Iterable[int]:
    """The numbers in ``12-15, 18``."""
    for part in lines.split(", "):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
