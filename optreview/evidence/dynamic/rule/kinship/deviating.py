"""In what a rule departs from the equations of the paper: found by changing these until they do the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from optreview.evidence.dynamic.rule.kinship import departures
from optreview.evidence.dynamic.rule.kinship.comparison import SAME, Comparison
from optreview.evidence.dynamic.rule.kinship.course import course, settings
from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed, Departure, as_subject
from optreview.evidence.dynamic.rule.kinship.subject import of_equations, of_paper
from optreview.plugins import ids, modules
from optreview.records import Deviation, Paper

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.records import Equations, Kin, KnownRule, Location, UpdateRule

#: Departures that are combined, and how many of the best are followed up.
_DEEP, _BEST = 3, 5
#: What moves the weights by less of their way is there for the numbers' sake.
FELT = 1e-3
#: Rules that are farther away are others.
_NEAR = 0.15
_MOST_LINES = 8


@dataclass(frozen=True)
class _Tried:
    apart: float
    subject: Subject
    departed: tuple[tuple[str, Departed], ...]


def paper(rule: UpdateRule, known: Sequence[KnownRule]) -> Paper | None:
    """The rule beside the paper of the known one that it is; None where it is none or has no equations."""
    own = _own(known, rule.kin)
    theirs = of_paper(own) if own else None
    if own is None or theirs is None:
        return None
    for each in rule.equations:
        mine = of_equations(each, rule.settings)
        if mine is not None:
            return _Search(own, theirs, mine, each).told()
    return None


def _own(known: Sequence[KnownRule], kin: Sequence[Kin]) -> KnownRule | None:
    """The one of the class's name, else the nearest."""
    named = [each for each in known if each.named]
    if named:
        return named[0]
    near = [k for k in kin[:1] if k.verdict in {"same", "same-except", "skeleton"} or k.structure <= _NEAR]
    return next((each for each in known for k in near if each.entry == k.entry), None)


class _Search:
    def __init__(self, own: KnownRule, theirs: Subject, mine: Subject, equations: Equations) -> None:
        self.own, self.mine, self.equations = own, mine, equations
        self.pair = Comparison(mine, theirs, equations.dimensions)
        self.first, self.second = settings(mine)

    def told(self) -> Paper | None:
        """What was found; None where one of the two cannot be run."""
        behaviour = self.pair.behaviour()
        if behaviour is None:
            return None
        self.matching = behaviour.matching
        start = _Tried(behaviour.apart, self.pair.known, ())
        found = start if behaviour.apart < SAME else self._explained(start)
        deviations = tuple(self._deviations(found)) if found else ()
        whole = self._apart(self.pair.known, self.mine.values)
        if not deviations and (found or whole < FELT):
            return Paper(entry=self.own.entry, verdict="same")
        verdict: Literal["deviates", "unexplained"] = "deviates" if deviations else "unexplained"
        return Paper(entry=self.own.entry, verdict=verdict, apart=_figure(whole), deviations=deviations)

    def _explained(self, start: _Tried) -> _Tried | None:
        """The fewest departures with which the paper's equations do the same; None where none do."""
        kept = [start]
        for _ in range(_DEEP):
            tried = [self._tried(each, name, one) for each in kept for name, one in self._ways(each)]
            tried = [each for each in tried if each.apart < max(one.apart for one in kept)]
            tried.sort(key=lambda each: each.apart)
            for each in tried:
                if each.apart >= SAME:
                    break
                if self._apart(each.subject, self.second) < SAME:
                    return each
            kept = tried[:_BEST]
            if not kept:
                return None
        return None

    def _ways(self, tried: _Tried) -> Iterator[tuple[str, Departed]]:
        for name, departure in known_departures():
            seen = set()
            for one in departure.variants(tried.subject, self.mine):
                if one.rule not in seen:
                    seen.add(one.rule)
                    yield name, one

    def _tried(self, before: _Tried, name: str, one: Departed) -> _Tried:
        subject = as_subject(self.pair.known, one.rule)
        return _Tried(self._apart(subject, self.first), subject, (*before.departed, (name, one)))

    def _apart(self, theirs: Subject, values: Mapping[str, float]) -> float:
        """How far the two lead apart, over how far the code's leads."""
        mine, _ = self.pair._values(values, self.matching)
        given = {name: self._given(name, mine) for name in theirs.hyperparameters}
        one = course(self.mine, mine, self.pair.shape)
        other = course(theirs, given, self.pair.shape)
        return float("inf") if one is None or other is None else one.apart(other)

    def _given(self, name: str, mine: Mapping[str, float]) -> float:
        told = self.matching.get(name, name)
        return mine.get(told, 0.0) if isinstance(told, str) else told

    def _deviations(self, found: _Tried) -> Iterator[Deviation]:
        """Each with what it alone makes of the way, at the class's own numbers."""
        for name, one in found.departed:
            effect = self._effect(found, one)
            if not one.unit and effect >= FELT:
                yield Deviation(
                    kind=name,
                    paper=one.paper,
                    code=one.code,
                    effect=_figure(effect),
                    locations=self._lines(one),
                )

    def _effect(self, found: _Tried, one: Departed) -> float:
        """How far its last variant is from the one before it."""
        before = self.pair.known
        for _, each in found.departed:
            if each is one:
                break
            before = as_subject(self.pair.known, each.rule)
        after = as_subject(self.pair.known, one.rule)
        values = self.mine.values
        mine, _ = self.pair._values(values, self.matching)
        courses = []
        for subject in (after, before):
            given = {name: self._given(name, mine) for name in subject.hyperparameters}
            courses.append(course(subject, given, self.pair.shape))
        here, there = courses
        return float("inf") if here is None or there is None else here.apart(there)

    def _lines(self, one: Departed) -> tuple[Location, ...]:
        """Those that read what is done otherwise; where none does, those of the weights."""
        names = {str(self.matching.get(name, name)) for name in one.reads}
        if "t" in names:
            names |= {each.name for each in self.equations.roles if each.kind == "counter"}
        states = {each.name for each in self.equations.roles}
        found = {
            source.location
            for line in self.equations.lines
            if not one.states or line.name in states
            for source in line.sources
            if (line.name == "if" and one.asks)
            or {read.removesuffix("'") for read in source.reads} & (names - {"p"})
        }
        if not found:
            lines = [line for line in self.equations.lines if line.name == "p"]
            found = {source.location for line in lines for source in line.sources}
        return tuple(sorted(found)[:_MOST_LINES])


def _figure(value: float) -> float | None:
    return float(f"{value:.2g}") if value < float("inf") else None


def known_departures() -> Iterator[tuple[str, Departure]]:
    """Id and kind of each."""
    for name, module in zip(ids(departures), modules(departures), strict=True):
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, Departure)
                and value.__module__ == module.__name__
            ):
                yield name, value()
