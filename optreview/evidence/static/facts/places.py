"""Places of events, as facts list them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.events import by_node
from optreview.records import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from optreview.evidence.static.interpreter.events import Event, Guard
    from optreview.evidence.static.reading import Reading
    from optreview.records import Location

_EXPRESSION = 160


def places(events: Iterable[Event]) -> tuple[Location, ...]:
    """Where these events happen, each place once, in the order of the source."""
    return tuple(sorted({event.location for event in events}))


def always(event: Event, reading: Reading) -> bool:
    """Whether every step comes here, by its conditions and by the functions it is in."""
    return event.certain and not any(id(frame) in reading.chosen for frame in event.stack[1:])


def sites(
    events: Iterable[Event],
    certain: Callable[[Event], bool] = lambda event: event.certain,
    chosen: frozenset[int] = frozenset(),
) -> tuple[Site, ...]:
    """One site for each expression, under the fewest conditions; ``chosen`` frames are named as its path."""
    found = {
        _site(entries, _path(entries, chosen), certain=any(certain(event) for event in entries))
        for entries in by_node(events)
    }
    return tuple(sorted(found, key=lambda site: (site.location, site.expression)))


def _path(events: list[Event], chosen: frozenset[int]) -> str | None:
    """The one function, chosen among several, that all of these events happen in."""
    names = {next((frame.name for frame in event.stack[1:] if id(frame) in chosen), None) for event in events}
    return names.pop() if len(names) == 1 else None


def _site(events: list[Event], path: str | None, *, certain: bool) -> Site:
    first = events[0]
    return Site(
        location=first.location,
        expression=expression(first),
        gate=gate(min(events, key=lambda event: len(_choosing(event)))),
        certain=certain,
        path=path,
    )


def expression(event: Event) -> str:
    """The source text at an event, shortened."""
    text = event.module.text(event.node)
    return text if len(text) <= _EXPRESSION else text[: _EXPRESSION - 1] + "…"


def gate(event: Event) -> str | None:
    """The conditions that choose, in the words of the source."""
    return " and ".join(dict.fromkeys(_operand(guard) for guard in _choosing(event))) or None


def shared_gate(events: Iterable[Event]) -> str | None:
    """The conditions that hold on every way to these events, in the words of the source."""
    first, *others = (_choosing(event) for event in events)
    common = [guard for guard in first if all(_same(guard, each) for each in others)]
    return " and ".join(dict.fromkeys(map(_operand, common))) or None


def _same(guard: Guard, others: Iterable[Guard]) -> bool:
    return any(other.node is guard.node and other.positive == guard.positive for other in others)


def _operand(guard: Guard) -> str:
    text = guard.text
    return f"({text})" if " or " in text and not text.startswith("not (") else text


def _choosing(event: Event) -> list[Guard]:
    return [guard for guard in event.guards if not guard.routine]


#: A test that holds where there is no state yet; any other test of it holds where there is.
_KEY_ABSENT = re.compile(r"\bnot in\b|\blen\(\w*state\w*\) == 0\b")
_ABSENT = re.compile(r"\bnot in\b|(?<!is )\bnot (?!in\b)|== 0\b|\bis None\b|< 1\b")


def is_initial(event: Event) -> bool:
    """Whether it only happens while a parameter has no state yet."""
    return any("param_state" in guard.traits and _asks_for_none(guard) for guard in event.guards)


def _asks_for_none(guard: Guard) -> bool:
    """Whether it holds only where there is no state: the test itself, or one that has to hold besides."""
    text = guard.module.text(guard.node)
    if guard.names:  # an option is asked too
        return guard.positive and " or " not in text and bool(_KEY_ABSENT.search(text))
    return guard.positive == bool(_ABSENT.search(text))
