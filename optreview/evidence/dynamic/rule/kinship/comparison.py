"""Two rules side by side: whether they are the same, and else what has to be taken away before they are."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from optreview.evidence.dynamic.rule.kinship.cases import by_cases
from optreview.evidence.dynamic.rule.kinship.course import STEPS, course, settings
from optreview.evidence.dynamic.rule.kinship.distance import Alignment
from optreview.evidence.dynamic.rule.kinship.invariants import unlike
from optreview.evidence.dynamic.rule.kinship.matching import matchings, numbers
from optreview.evidence.dynamic.rule.kinship.running import SHAPES
from optreview.evidence.dynamic.rule.kinship.subject import TINY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optreview.evidence.dynamic.rule.kinship.course import Course
    from optreview.evidence.dynamic.rule.kinship.matching import Matching
    from optreview.evidence.dynamic.rule.kinship.subject import Subject

#: Two courses that stay as close to each other are one: the same bound as for printed equations.
SAME = 1e-6
#: Farther apart in structure no difference of one place is looked for.
NEAR = 0.25
_VANISHED = 1e-30
#: Steps that show at once that something else differs.
_FIRST = 4
Exception_ = Literal["weight decay", "eps", "lr"]
_COMBINATIONS: tuple[tuple[Exception_, ...], ...] = (
    ("weight decay",),
    ("eps",),
    ("lr",),
    ("weight decay", "eps"),
    ("eps", "lr"),
    ("weight decay", "lr"),
    ("weight decay", "eps", "lr"),
)


@dataclass(frozen=True)
class Behaviour:
    """How two rules move a parameter, hyperparameters matched.

    Attributes:
        matching: The known rule's hyperparameters, and what stands for each.
        apart: The largest distance over both settings, over how far the parameter had come.
        unlike: From 0 to 1, of the updates.
        schedule: By step, the factor between the updates, where it is one for all elements.
        since: The first step that differs.
        excepted: What had to be taken away for them to be the same; None where nothing helps.
        factor: On the lr, where that is among it.
    """

    matching: Matching
    apart: float
    unlike: float
    schedule: list[float] | None = None
    since: int | None = None
    excepted: tuple[Exception_, ...] | None = None
    factor: float = 1.0


@dataclass
class Comparison:
    """Compares one rule with a known one, on tensors of some number of dimensions.

    Attributes:
        lent: Functions of the known rule's that the other's stand for, in words.
        structure: Distance of the normal forms.
    """

    subject: Subject
    known: Subject
    dimensions: int
    lent: tuple[str, ...] = ()
    alignment: Alignment = field(init=False)

    def __post_init__(self) -> None:
        """Align the known rule to the subject's."""
        self.alignment = Alignment(self.known.skeleton.tree, self.subject.skeleton.tree)

    @cached_property
    def structure(self) -> float:
        """Distance of the normal forms; of those with cases, case by case."""
        mine, theirs = self.subject.skeleton, self.known.skeleton
        if not (mine.cases or theirs.cases) or not self.alignment.distance:
            return self.alignment.distance
        return by_cases(theirs, mine)

    def behaviour(self) -> Behaviour | None:
        """How both move a parameter; None where one cannot be run."""
        if not (self.subject.runs and self.known.runs):
            return None
        best: Behaviour | None = None
        tried = []
        for matching in matchings(self.subject, self.known):
            tried.append(matching)
            found = self.under(matching)
            if found is not None and (
                best is None or (found.apart, found.unlike) < (best.apart, best.unlike)
            ):
                best = found
            if best is not None and best.apart < SAME:
                break
        if best is None or best.apart < SAME or self.structure > NEAR:
            return best
        found = self._excepted(best)
        # what is taken away may have hidden which hyperparameter stands for which
        for matching in tried if self.structure == 0 else ():
            if found.excepted is None and matching != best.matching:
                found = self._excepted(replace(best, matching=matching))
        return found if found.excepted is not None else best

    def agrees_at_once(self) -> bool:
        """Whether the likeliest matching leads to the same place at first, whatever the structure."""
        matching = next(iter(matchings(self.subject, self.known)), None)
        if matching is None or not (self.subject.runs and self.known.runs):
            return False
        values, _ = settings(self.subject)
        pair = self._courses(values, matching, steps=_FIRST)
        return pair is not None and pair[0].apart(pair[1]) < SAME

    def under(self, matching: Matching) -> Behaviour | None:
        """How both move where this stands for that; None where one cannot be run."""
        wanted = {told for told in matching.values() if isinstance(told, str)}
        if not wanted <= set(self.subject.hyperparameters):
            return None
        worst, unlike, schedule, since = 0.0, 0.0, None, None
        for values in settings(self.subject):
            pair = self._courses(values, matching)
            if pair is None:
                return None
            worst = max(worst, pair[0].apart(pair[1]))
            unlike = max(unlike, pair[0].unlike(pair[1]))
            schedule = schedule or pair[0].schedule(pair[1])
            since = since or pair[0].since(pair[1], SAME)
            if worst > SAME:
                break  # the second setting is for those that agree in the first
        return Behaviour(matching, worst, unlike, schedule, since)

    def _courses(
        self,
        values: Mapping[str, float],
        matching: Matching,
        without: tuple[Exception_, ...] = (),
        factor: float = 1.0,
        steps: int = STEPS,
    ) -> tuple[Course, Course] | None:
        mine, theirs = self._values(values, matching)
        for subject, given in ((self.subject, mine), (self.known, theirs)):
            if "weight decay" in without:
                given.update(dict.fromkeys(subject.skeleton.decay, 0.0))
            if "eps" in without:
                given.update(dict.fromkeys(subject.tiny, _VANISHED))
        if "lr" in without and "lr" in theirs:
            theirs["lr"] *= factor
        one = course(self.subject, mine, self.shape, steps)
        other = course(self.known, theirs, self.shape, steps)
        return None if one is None or other is None else (one, other)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor on which both are run."""
        return self.subject.shape or self.known.shape or SHAPES[self.dimensions]

    def _values(
        self, values: Mapping[str, float], matching: Matching
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Of the hyperparameters of both."""
        own = {name: self._follows(name, values) for name in self._extra(matching)}
        mine = {**values, **own, **dict.fromkeys(self._idle(matching), 0.0)}
        return mine, {name: mine[told] if isinstance(told, str) else told for name, told in matching.items()}

    def unlike(self, found: Behaviour) -> dict[str, str] | None:
        """In which invariants they differ, each with words; None where these could not be measured."""
        mine, theirs = self._values(settings(self.subject)[0], found.matching)
        return unlike(self.subject, mine, self.known, theirs, self.dimensions)

    def _idle(self, matching: Matching) -> set[str]:
        """Hyperparameters that are off by default and have no counterpart."""
        return set(self.subject.off) - set(map(str, matching.values()))

    def _extra(self, matching: Matching) -> list[str]:
        """Hyperparameters that the known rule has none for, or a number: they keep their value."""
        left = set(self.subject.hyperparameters) - set(map(str, matching.values())) - self.subject.off
        return sorted(left & self.subject.values.keys() - self.subject.tiny)

    def _follows(self, name: str, values: Mapping[str, float]) -> float:
        """Its own value; what the class keeps of another one, like the first lr, goes with that."""
        place = self.subject.arguments.get(name, "")
        for other, argument in self.subject.arguments.items():
            kept = other in values and self.subject.values[other] == self.subject.values[name]
            if kept and other != name and argument in place:
                return values[other]
        return self.subject.values[name]

    def special(self, matching: Matching) -> tuple[str, ...]:
        """Numbers that the known rule's hyperparameters had to be, neither its own nor in this one."""
        written = numbers(self.subject.rule.lines)
        fixed = {name: told for name, told in matching.items() if not isinstance(told, str)}
        kept = {*self.known.off, *self.known.skeleton.decay}
        extra = [f"{name} is {self.subject.values[name]:g}" for name in self._extra(matching)]
        return (*extra, *self._fixed(fixed, written, kept))

    def _fixed(
        self, fixed: Mapping[str, float], written: frozenset[float], kept: set[str]
    ) -> tuple[str, ...]:
        return tuple(
            f"{name} is {told:g}"
            for name, told in sorted(fixed.items())
            if told != self.known.values.get(name)
            and name not in kept
            and (told not in written or told in {0, 1} or self._tiny(name, told))
        )

    def _tiny(self, name: str, told: float) -> bool:
        """What is against division by zero stands for something else, which is then as good as off."""
        return abs(told) < TINY and name not in self.known.tiny

    def crossed(self, matching: Matching) -> tuple[str, ...]:
        """Arguments that do what another of them does in the known rule."""
        mine = {place: name for name, place in self.subject.arguments.items()}
        found = []
        for name, told in sorted(matching.items()):
            place = self.known.arguments.get(name, name)
            own = self.subject.arguments.get(told, told) if isinstance(told, str) else place
            if own != place and place in mine and mine[place] in matching.values():
                found.append(f"{own} does what {place} does there")
        return tuple(found)

    def off(self, matching: Matching) -> tuple[str, ...]:
        """Those, as the rule names them."""
        return tuple(sorted(self._idle(matching) & set(self.subject.hyperparameters)))

    def _excepted(self, found: Behaviour) -> Behaviour:
        decays = self.subject.skeleton.decay or self.known.skeleton.decay
        for without in _COMBINATIONS:
            if "weight decay" in without and not decays:
                continue
            short_, _ = self._without(found.matching, without, _FIRST)
            worst, factor = self._without(found.matching, without, STEPS) if short_ < SAME else (short_, 1.0)
            if worst < SAME:
                return replace(found, excepted=without, factor=factor)
        return found

    def explained(self, found: Behaviour, without: tuple[Exception_, ...]) -> float:
        """The share of the distance that is gone when these are taken away; zero where none is."""
        values, _ = settings(self.subject)
        pairs = [self._courses(values, found.matching, each) for each in ((), without)]
        before, after = (math.inf if pair is None else pair[0].apart(pair[1]) for pair in pairs)
        return max(0.0, 1 - after / before) if 0 < before < math.inf and after < math.inf else 0.0

    def _without(
        self, matching: Matching, without: tuple[Exception_, ...], steps: int
    ) -> tuple[float, float]:
        """How far apart they stay when some is taken away, and the factor on the lr."""
        worst, factor = 0.0, 1.0
        for values in settings(self.subject):
            pair = self._courses(values, matching, without, steps=steps)
            if pair is not None and "lr" in without:
                factor = pair[0].scale(pair[1])
                pair = self._courses(values, matching, without, factor, steps)
            worst = math.inf if pair is None else max(worst, pair[0].apart(pair[1]))
            if not worst < SAME:
                break
        return worst, factor
