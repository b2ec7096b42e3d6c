"""What is told beside the text of equations: what its names are, and what its state is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.equations.roles import Role
from optreview.evidence.dynamic.rule.equations.rule import writer
from optreview.evidence.dynamic.rule.equations.start import UNKNOWN
from optreview.evidence.dynamic.rule.equations.ways import leaves
from optreview.evidence.dynamic.rule.language import parse
from optreview.notation.faults import RuleError
from optreview.notation.printer import expression
from optreview.records import Option, StateRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.equations.ways import Reading
    from optreview.notation.names import Names

    Initial = tuple[tuple[str, str], ...]


def names(text: str) -> Names:
    """Those of the text; none where it cannot be read."""
    try:
        return parse(text).names
    except RuleError:
        return parse("p ← p").names


def roles(reading: Reading, initial: dict[str, str]) -> Iterator[StateRole]:
    """What every state entry is."""
    written = writer(reading)
    seen: dict[str, Role] = {}
    steps = list(reversed(leaves(reading.tree)))  # a first step comes first, and is the exception
    later = steps[:-1] if reading.first else steps
    for leaf in steps:
        for symbol, role in leaf.roles.items():
            if seen.setdefault(symbol.name, role) != role and leaf in later:
                seen[symbol.name] = Role("other")  # each case does something else with it
    kept = {symbol.name: place for symbol, place in reading.symbols.place.items()}
    for name, role in sorted(seen.items()):
        yield StateRole(
            name=name,
            place=_place(kept.get(name, name)),
            kind=role.kind,
            of="" if role.of is None else expression(written.expression(role.of)),
            decay="" if role.decay is None else expression(written.expression(role.decay)),
            plus="" if role.plus is None else expression(written.expression(role.plus)),
            initial=initial.get(name, ""),
        )
    for name in sorted(initial.keys() - seen.keys()):  # no line changes these
        if initial[name] != UNKNOWN:
            yield StateRole(
                name=name, place=_place(kept.get(name, name)), kind="other", initial=initial[name]
            )
    for place in sorted(reading.counters):
        yield StateRole(name=reading.symbols(place).name, place=_place(place), kind="counter")


def places(reading: Reading, text: str, initial: Initial) -> Iterator[Option]:
    """Where each name comes from."""
    for name, place in _used(reading, text, initial):
        yield Option(name=name, value=_place(place))


def values(reading: Reading, text: str, initial: Initial) -> Iterator[Option]:
    """What the hyperparameters were, in the group of the tensor."""
    numbers = reading.start.numbers
    for name, place in _used(reading, text, initial):
        if place in numbers and not place.startswith("state"):
            yield Option(name=name, value=repr(float(numbers[place])))


def _used(reading: Reading, text: str, initial: Initial) -> Iterator[tuple[str, str]]:
    """Names of the text, and of what its state starts at, and their places."""
    used = names(text)
    told = used.read | used.state | {word for _, words in initial for word in words.split()}
    for symbol, place in sorted(reading.symbols.place.items(), key=lambda each: each[0].name):
        if symbol.name in told and symbol.name not in {"p", "g"}:
            yield symbol.name, place


def _place(place: str) -> str:
    """Without the numbers of the parameter and of the group."""
    kind, _, rest = place.partition(".")
    first, _, more = rest.partition(".")
    return f"{kind}.{more}" if kind in {"state", "group"} and first.isdigit() and more else place
