"""In what a rule departs from the equations of the paper: found by changing these until they do the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from msgspec import structs

from optreview.evidence.dynamic.rule.kinship import departures
from optreview.evidence.dynamic.rule.kinship.comparison import SAME, Comparison
from optreview.evidence.dynamic.rule.kinship.course import course, settings
from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed, Departure, as_subject
from optreview.evidence.dynamic.rule.kinship.placing import placed
from optreview.evidence.dynamic.rule.kinship.subject import of_equations, of_paper
from optreview.plugins import ids, modules
from optreview.records import Deviation, Paper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence, Set

    from optreview.evidence.dynamic.rule.kinship.matching import Matching
    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.records import Equations, Kin, KnownRule, UpdateRule

    Again = Callable[[frozenset[str]], UpdateRule]

#: Departures that are combined, and how many of the best are followed up.
_DEEP, _BEST = 3, 5
#: What moves the weights by less of their way is there for the numbers' sake.
FELT = 1e-3
_VANISHED = 1e-30


@dataclass(frozen=True)
class _Tried:
    apart: float
    subject: Subject
    departed: tuple[tuple[str, Departed], ...]
    rank: int = 0


def paper(rule: UpdateRule, known: Sequence[KnownRule], again: Again | None = None) -> Paper | None:
    """The rule beside the paper of the known one that it is; None where it is none or has no equations.

    Args:
        rule: It, read with what is off by default switched on.
        known: What it was compared with.
        again: Reads it with these of its settings off: its lines need not hold where they are zero.
    """
    own = _own(known, rule.kin)
    theirs = of_paper(own) if own else None
    search = _searched(rule, own, theirs) if own and theirs else None
    if search is None or search.behaviour is None or again is None:
        return search.told() if search else None
    foreign, shared = search.off
    plain = None
    if foreign and search.behaviour.apart >= SAME:
        search = _searched(again(foreign), search.own, search.pair.known) or search
    found = search.told()
    if found is not None and shared and found.verdict != "unexplained":
        plain = _searched(again(foreign | shared), search.own, search.pair.known)
    if found is None or plain is None:
        return found
    return _both(found, plain.told(search.without(shared, plain.mine)), shared)


def _searched(rule: UpdateRule, own: KnownRule, theirs: Subject) -> _Search | None:
    for each in rule.equations:
        mine = of_equations(each, rule.settings)
        if mine is not None:
            return _Search(own, theirs, mine, each)
    return None


def _both(found: Paper, plain: Paper | None, off: frozenset[str]) -> Paper:
    """With what is done otherwise only where some hyperparameters are off, which the paper has too."""
    known = {(each.kind, each.paper, each.code) for each in found.deviations}
    more = tuple(
        structs.replace(each, code=f"{each.code} where {_listed(sorted(off))} 0, as by default")
        for each in (plain.deviations if plain else ())
        if (each.kind, each.paper, each.code) not in known
    )
    if not more:
        return found
    apart = None if plain is None or plain.apart is None or found.apart is None else plain.apart
    worst = apart if apart is None or found.apart is None else max(apart, found.apart)
    return structs.replace(found, verdict="deviates", apart=worst, deviations=(*found.deviations, *more))


def _listed(names: Sequence[str]) -> str:
    return f"{names[0]} is" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} are"


def _own(known: Sequence[KnownRule], kin: Sequence[Kin]) -> KnownRule | None:
    """The one of the class's name, else the one that it is: what is merely near has a paper of its own."""
    named = [each for each in known if each.named]
    if named:
        return named[0]
    same = {each.entry for each in kin[:1] if each.verdict == "same"}
    return next((each for each in known if each.entry in same), None)


class _Search:
    def __init__(self, own: KnownRule, theirs: Subject, mine: Subject, equations: Equations) -> None:
        self.own, self.mine, self.equations = own, mine, equations
        self.pair = Comparison(mine, theirs, equations.dimensions)
        self.first, self.second = settings(mine)
        self.behaviour = self.pair.behaviour()
        self.matching: Matching = self.behaviour.matching if self.behaviour else {}
        self.own_values = {name: mine.values.get(name, value) for name, value in self.first.items()}

    @property
    def off(self) -> tuple[frozenset[str], frozenset[str]]:
        """Arguments that are off by default: those that the paper does not have, and those that it has."""
        foreign = self.pair._idle(self.matching) & set(self.mine.hyperparameters)
        shared = self.mine.off & set(map(str, self.matching.values()))
        return self._arguments(foreign), self._arguments(shared)

    def _arguments(self, names: Set[str]) -> frozenset[str]:
        return frozenset(self.mine.arguments.get(name, name).partition(".")[0] for name in names)

    def without(self, arguments: frozenset[str], plain: Subject) -> dict[str, str | float]:
        """What stands for what where these are off; what then does nothing is a number."""
        found: dict[str, str | float] = {}
        for name, told in self.matching.items():
            if told in self.mine.off and self._arguments({str(told)}) <= arguments:
                found[name] = 0.0
            elif isinstance(told, str) and told not in plain.hyperparameters:
                found[name] = self.mine.values.get(told, 0.0)
            else:
                found[name] = told
        return found

    def told(self, matching: Matching | None = None) -> Paper | None:
        """What was found; None where one of the two cannot be run."""
        behaviour = self.behaviour if matching is None else self.pair.under(matching)
        if behaviour is None:
            return None
        self.matching = behaviour.matching
        start = _Tried(behaviour.apart, self.pair.known, ())
        found = start if behaviour.apart < SAME else self._explained(start)
        deviations = tuple(self._deviations(found)) if found else ()
        whole = self._apart(self.pair.known, self.own_values)
        if not deviations and (found or whole < FELT):
            return Paper(entry=self.own.entry, verdict="same")
        verdict: Literal["deviates", "unexplained"] = "deviates" if deviations else "unexplained"
        return Paper(entry=self.own.entry, verdict=verdict, apart=_figure(whole), deviations=deviations)

    def _explained(self, start: _Tried) -> _Tried | None:
        """The fewest departures with which the paper's equations do the same; None where none do.

        What is there against division by zero is left out at first: where it stands is seldom felt.
        """
        bare = self._bare(self.first), self._bare(self.second)
        if not self._apart(start.subject, bare[0]) < float("inf"):
            return self._search(start, (self.first, self.second), _DEEP)
        found = self._search(start, bare, _DEEP)
        if found is None:
            return None
        found = self._again(found, self.own_values)
        if found.apart < FELT and found.departed:
            return found
        return self._search(self._again(found, self.first), (self.first, self.second), 1)

    def _search(
        self, start: _Tried, at: tuple[Mapping[str, float], Mapping[str, float]], deep: int
    ) -> _Tried | None:
        start = self._again(start, at[0])
        if start.apart < SAME and self._apart(start.subject, at[1]) < SAME:
            return start
        kept, seen = [start], {start.subject.rule}
        for _ in range(deep):
            tried = [
                self._tried(each, name, one, at[0])
                for each in kept
                for name, one in self._ways(each)
                if one.rule not in seen and not seen.add(one.rule)  # type: ignore[func-returns-value]
            ]
            tried.sort(key=lambda each: (float(f"{each.apart:.6g}") if each.apart >= SAME else 0, each.rank))
            for each in tried:
                if each.apart >= SAME:
                    break
                if self._apart(each.subject, at[1]) < SAME:
                    return each
            if not kept:
                break
            farthest = max(one.apart for one in kept)
            kept = [each for each in tried if each.apart < farthest][:_BEST]
        return None

    def _bare(self, values: Mapping[str, float]) -> dict[str, float]:
        return {**values, **dict.fromkeys(self.mine.tiny, _VANISHED)}

    def _again(self, tried: _Tried, values: Mapping[str, float]) -> _Tried:
        return replace(tried, apart=self._apart(tried.subject, values))

    def _ways(self, tried: _Tried) -> Iterator[tuple[str, Departed]]:
        for name, departure in known_departures():
            for one in departure.variants(tried.subject, self.mine):
                yield name, one

    def _tried(self, before: _Tried, name: str, one: Departed, values: Mapping[str, float]) -> _Tried:
        subject = as_subject(self.pair.known, one.rule)
        rank = before.rank + dict(known_departures())[name].rank
        return _Tried(self._apart(subject, values), subject, (*before.departed, (name, one)), rank)

    def _apart(self, theirs: Subject, values: Mapping[str, float]) -> float:
        """How far the two lead apart, over how far the code's leads."""
        mine, _ = self.pair._values(values, self.matching)
        one = course(self.mine, mine, self.pair.shape)
        other = course(theirs, self._given(theirs, mine), self.pair.shape)
        return float("inf") if one is None or other is None else one.apart(other)

    def _given(self, theirs: Subject, mine: Mapping[str, float]) -> dict[str, float]:
        told = {name: self.matching.get(name, name) for name in theirs.hyperparameters}
        return {name: mine.get(by, 0.0) if isinstance(by, str) else by for name, by in told.items()}

    def _deviations(self, found: _Tried) -> Iterator[Deviation]:
        """Each with what it alone makes of the way, at the class's own numbers."""
        for name, one in found.departed:
            effect = self._effect(found, one)
            if not one.unit and (effect >= FELT or name != "eps"):
                yield Deviation(
                    kind=name,
                    paper=one.paper,
                    code=one.code,
                    effect=_figure(effect),
                    locations=placed(one, self.pair.known.rule, self.equations, self.matching),
                )

    def _effect(self, found: _Tried, one: Departed) -> float:
        """How far its last variant is from the one before it."""
        before = self.pair.known
        for _, each in found.departed:
            if each is one:
                break
            before = as_subject(self.pair.known, each.rule)
        after = as_subject(self.pair.known, one.rule)
        mine, _ = self.pair._values(self.own_values, self.matching)
        here, there = (
            course(subject, self._given(subject, mine), self.pair.shape) for subject in (after, before)
        )
        return float("inf") if here is None or there is None else here.apart(there)


def _figure(value: float) -> float | None:
    return float(f"{value:.2g}") if value < float("inf") else None


@cache
def known_departures() -> tuple[tuple[str, Departure], ...]:
    """Id and kind of each."""
    return tuple(
        (name, value())
        for name, module in zip(ids(departures), modules(departures), strict=True)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Departure) and value.__module__ == module.__name__
    )
