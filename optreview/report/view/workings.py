"""The order of a step as the page shows it: the functions that do something, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.records import Location, Phase, Workings

#: What only prepares: a helper that does nothing else is not worth a line.
_PREPARING = frozenset({"gradients", "sparse gradients", "complex numbers"})
_MOST = 8


class Entry(Frozen, frozen=True):
    """A stretch of lines: its purpose, or the function called there; the lines as ``12`` or ``12–15``."""

    name: str
    calls: str | None
    lines: str


class Stage(Frozen, frozen=True):
    """One function with its phases, in the order of its lines; its place is that of its ``def``."""

    function: str
    location: Location
    phases: tuple[Entry, ...]

    @property
    def chooses(self) -> bool:
        """Several functions are called at the same line, one of which runs."""
        called = [each.lines for each in self.phases if each.calls]
        return len(called) > len(set(called))


def build(workings: Workings | None) -> tuple[tuple[Stage, ...], int]:
    """The functions worth showing, and how many more there are."""
    if workings is None:
        return (), 0
    groups: dict[tuple[str, str], list[Phase]] = {}
    for phase in workings.phases:
        groups.setdefault((phase.location.file, phase.function), []).append(phase)
    working = _working(groups.values())
    stages = [
        Stage(
            name,
            phases[0].defined or phases[0].location,
            tuple(_entry(phase) for phase in phases if _shown(phase, working)),
        )
        for (_, name), phases in groups.items()
        if name in working
    ]
    return tuple(stages[:_MOST]), len(stages[_MOST:])


def _working(groups: Iterable[list[Phase]]) -> set[str]:
    """Functions that do more than prepare, themselves or by what they call."""
    found: set[str] = set()
    for _ in range(_MOST):
        before = len(found)
        for phases in groups:
            if any(
                phase.name not in _PREPARING if phase.calls is None else phase.calls in found
                for phase in phases
            ):
                found.add(phases[0].function)
        if len(found) == before:
            break
    return found


def _shown(phase: Phase, working: set[str]) -> bool:
    return phase.calls is None or phase.calls in working


def _entry(phase: Phase) -> Entry:
    return Entry(phase.name, phase.calls, _lines(phase.location.line, phase.end_line))


def _lines(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first}–{last}"
