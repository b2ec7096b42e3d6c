"""Which hyperparameter of one rule plays the part of which of another's."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from optreview.notation.syntax import Branch, Number, operands

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.notation.syntax import Average, Expression, Statement

    #: For each hyperparameter of the known rule, the subject's that stands for it, or a number.
    Matching = Mapping[str, str | float]

#: How many are left over that are still tried in every order, and how many ways are tried in all.
_FEW, _MOST = 3, 8
#: Ways to fill in numbers for those without a counterpart.
_NUMBERS = 4
_HALF = 0.5


def matchings(subject: Subject, known: Subject) -> Iterator[dict[str, str | float]]:
    """Ways to match, the likeliest first: by argument, by the part in running means, then in any order.

    Last come those with a zero for what was zero when the known rule was read: its text was seen there alone.
    """
    ways = list(itertools.islice(_matchings(subject, known), _MOST))
    seen = set()
    for each in (*ways, *(_held(way, subject, known) for way in ways)):
        key = tuple(sorted(each.items()))
        if key not in seen:
            seen.add(key)
            yield each


def _matchings(subject: Subject, known: Subject) -> Iterator[dict[str, str | float]]:
    named = _by_name(subject, known, {})
    complete = all(name in named or name in known.skeleton.decay for name in known.hyperparameters)
    ways_of_pairing: tuple[dict[str, str], ...] = ({}, _by_rate(subject, known))
    for pairs in ways_of_pairing if complete else reversed(ways_of_pairing):
        named = _by_name(subject, known, pairs)
        taken = {*named.values(), *subject.off}
        free = [name for name in subject.hyperparameters if name not in taken]
        wanted = [name for name in known.hyperparameters if name not in named]
        if max(len(wanted), len(free)) > _FEW:  # too many orders: by their defaults
            alike = _by_value(wanted, free, subject, known)
            named |= alike
            wanted = [name for name in wanted if name not in alike]
            free = [name for name in free if name not in alike.values()]
        ways = [named]
        if wanted and free and len(wanted) <= _FEW and len(free) <= _FEW:
            orders = (
                [pair for pair in each if _kind(known, pair[0]) == _kind(subject, pair[1])]
                for each in _orders(wanted, free)
            )
            ways = [{**named, **dict(each)} for each in orders]
            ways.sort(key=len, reverse=True)  # what has a counterpart is not a number
        for way in ways:
            yield from _filled(way, subject, known)


def _held(way: Matching, subject: Subject, known: Subject) -> dict[str, str | float]:
    zero = {name for name, told in way.items() if told in subject.off and known.values.get(name) == 0}
    return {**way, **dict.fromkeys(zero, 0.0)}


def _kind(rule: Subject, name: str) -> str:
    if name in rule.tiny:
        return "tiny"
    if name in rule.skeleton.decay:
        return "weight decay"
    return "rate" if _HALF < rule.values.get(name, 0.0) < 1 else "number"


def _orders(wanted: Sequence[str], free: Sequence[str]) -> Iterator[list[tuple[str, str]]]:
    if len(wanted) <= len(free):
        yield from ([*zip(wanted, some, strict=True)] for some in itertools.permutations(free, len(wanted)))
    else:
        yield from ([*zip(some, free, strict=True)] for some in itertools.permutations(wanted, len(free)))


def _by_rate(subject: Subject, known: Subject) -> dict[str, str]:
    mine, theirs = subject.skeleton.rates, known.skeleton.rates
    return {theirs[index]: mine[index] for index in sorted(mine.keys() & theirs.keys())}


def _by_name(subject: Subject, known: Subject, pairs: Mapping[str, str]) -> dict[str, str | float]:
    found: dict[str, str | float] = dict(pairs)
    for decay in zip(known.skeleton.decay[:1], subject.skeleton.decay[:1], strict=False):
        found.setdefault(*decay)
    for tiny in zip(sorted(known.tiny), sorted(subject.tiny), strict=False):
        if len(known.tiny) == len(subject.tiny) == 1:
            found.setdefault(*tiny)
    places = {place: name for name, place in subject.arguments.items() if name in subject.hyperparameters}
    for name in known.hyperparameters:
        place = known.arguments.get(name, name)
        mine = places.get(place) or (name if name in subject.hyperparameters else None)
        if mine is not None and mine not in found.values():
            found.setdefault(name, mine)
    return found


def _by_value(
    wanted: Sequence[str], free: Sequence[str], subject: Subject, known: Subject
) -> dict[str, str | float]:
    """Those of one kind that alone have the same default."""
    found: dict[str, str | float] = {}
    for name in wanted:
        value, kind = known.values.get(name), _kind(known, name)
        mine = [each for each in free if subject.values.get(each) == value and _kind(subject, each) == kind]
        theirs = [each for each in wanted if known.values.get(each) == value and _kind(known, each) == kind]
        if value is not None and len(mine) == len(theirs) == 1:
            found[name] = mine[0]
    return found


def _filled(
    way: dict[str, str | float], subject: Subject, known: Subject
) -> Iterator[dict[str, str | float]]:
    """A hyperparameter without a counterpart is a number: zero for weight decay, else one that is there."""
    missing = [name for name in known.hyperparameters if name not in way]
    if not missing:
        yield way
        return
    written = sorted(numbers(subject.rule.lines) - {0.0, 1.0})
    choices = []
    for name in missing:
        if name in known.skeleton.decay or name in known.off:
            choices.append([0.0])
            continue
        value = known.values.get(name, 0.5)
        near = sorted(written, key=lambda each: abs(each - value))[:1]
        choices.append([*near, value, 0.0, 1.0])
    for some in itertools.islice(itertools.product(*choices), _NUMBERS):
        yield {**way, **dict(zip(missing, some, strict=True))}


def numbers(lines: Sequence[Statement]) -> frozenset[float]:
    """Those that are written in a rule."""
    return frozenset(_numbers(lines))


def _numbers(lines: Sequence[Statement]) -> Iterator[float]:
    for line in lines:
        if isinstance(line, Branch):
            yield from _of(line.condition)
            yield from _numbers(line.then)
            yield from _numbers(line.otherwise)
        else:
            yield from _of(line.value)


def _of(node: Expression | Average) -> Iterator[float]:
    if isinstance(node, Number):
        yield node.value
    for each in operands(node):
        yield from _of(each)
