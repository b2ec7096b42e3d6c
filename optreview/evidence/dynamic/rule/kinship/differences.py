"""In what two rules differ, in words: what was taken away before they agreed, else their formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship import facts
from optreview.evidence.dynamic.rule.kinship.cases import changed_cases
from optreview.evidence.dynamic.rule.kinship.comparison import NEAR, SAME
from optreview.evidence.dynamic.rule.kinship.words import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.kinship.comparison import Behaviour, Comparison, Exception_
    from optreview.evidence.dynamic.rule.kinship.distance import Change

#: Changes that are worth a sentence.
_MOST = 4
#: A difference that accounts for less of the distance is not the one.
_TELLING = 0.005


@dataclass(frozen=True)
class Differences:
    """Of two rules, from the known one to the other."""

    pair: Comparison

    def told(self, found: Behaviour | None) -> tuple[str, ...]:
        """In words, from the known rule to this one."""
        taken = self._exceptions(found) if found and found.excepted is not None else ()
        said = [*self.pair.lent, *taken]
        if found and (found.apart < SAME or found.excepted is not None):
            special = self.pair.special(found.matching)
            said = [
                *self.pair.crossed(found.matching),
                *(f"a special case: {each}" for each in special),
                *said,
            ]
            if special and found.apart < SAME:
                return tuple(said)
        said += self._changed()
        if not said:
            said += self._too_long()
        if found is None or found.apart < SAME or found.excepted is not None:
            return tuple(said)
        said += self._stated(found)
        if self.pair.structure == 0 and found.schedule:
            first, *_, last = found.schedule
            end = len(found.schedule)
            said.append(f"its step is {first:.3g} times as long at step 1, {last:.3g} times at step {end}")
        if not said and found.since:
            said.append(f"alike in form, and apart from step {found.since} on: not narrowed down")
        return tuple(dict.fromkeys(said))

    def _too_long(self) -> list[str]:
        """Formulas that words cannot be found for."""
        if self.pair.structure <= NEAR:
            return []
        return ["the formulas are others, and too long to be set side by side"]

    def _changed(self) -> list[str]:
        """In formulas; of cases, those of theirs that do something else."""
        mine, theirs = self.pair.subject.skeleton, self.pair.known.skeleton
        if not (mine.cases or theirs.cases) or not self.pair.alignment.distance:
            return self._formulas(self.pair.alignment.changes())
        changes, said = changed_cases(theirs, mine)
        return [*said, *self._formulas(changes)]

    @staticmethod
    def _formulas(changes: tuple[Change, ...]) -> list[str]:
        more = [f"and {len(changes) - _MOST} more"] if len(changes) > _MOST else []
        return [*map(_sentence, changes[:_MOST]), *more]

    def _exceptions(self, found: Behaviour) -> Iterator[str]:
        for each in found.excepted or ():
            if each == "lr":
                yield f"its lr counts {found.factor:.4g} times"
            else:
                yield from self._placed(each) or (f"{each} counts otherwise than there",)

    def _placed(self, what: Exception_) -> tuple[str, ...]:
        if what == "eps":
            mine, theirs = facts.eps(self.pair.subject), facts.eps(self.pair.known)
            nothing = "no hyperparameter is one"
            if not self.pair.known.tiny or not self.pair.subject.tiny:
                here = f"eps stands {mine}" if self.pair.subject.tiny else nothing
                there = f"it stands {theirs}" if self.pair.known.tiny else nothing
                return (f"{here}; there {there}",) if here != there else ()
            return (f"eps stands {mine}; there it stands {theirs}",) if mine != theirs else ()
        if not self.pair.subject.skeleton.decay:
            return ()
        if (
            not self.pair.known.skeleton.decay
            and set(self.pair.subject.skeleton.decay) <= self.pair.subject.off
        ):
            return ()  # off by default, and was off while they were compared
        mine, theirs = facts.weight_decay(self.pair.subject), facts.weight_decay(self.pair.known)
        return (f"weight decay {mine}; there it {theirs}",) if mine != theirs else ()

    def _shares(self, found: Behaviour) -> Iterator[str]:
        """What stands elsewhere, if without it the two come nearer, and by how much."""
        kinds: tuple[Exception_, ...] = ("weight decay", "eps")
        for what in kinds:
            share = self.pair.explained(found, (what,))
            if share >= _TELLING:
                yield from (f"{each}, which is {share:.2g} of the distance" for each in self._placed(what))

    def _stated(self, found: Behaviour) -> Iterator[str]:
        """What can be read off both texts, where running them has only shown that they differ."""
        if self.pair.structure > NEAR:
            return
        for name in self.pair.off(found.matching):
            yield f"{name}, which is off by default, was on when it was recorded"
        yield from self._shares(found)
        here, there = facts.cases(self.pair.subject), facts.cases(self.pair.known)
        if len(here) > len(there):
            yield f"it has cases of its own: if {here[-1]}"
        elif here and len(here) == len(there) and facts.shape(here[-1]) != facts.shape(there[-1]):
            yield f"it chooses by {here[-1]}; there it is by {there[-1]}"
        theirs = {found.matching.get(name, name) for name in facts.corrected(self.pair.known)}
        mine = facts.corrected(self.pair.subject)
        for name in sorted(str(each) for each in theirs - mine):
            if name in self.pair.subject.hyperparameters:
                yield f"no correction by {name}^t"
        for name in sorted(mine - {str(each) for each in theirs}):
            if name in self.pair.subject.hyperparameters:
                yield f"a correction by {name}^t"


def _sentence(change: Change) -> str:
    if change.before is None:
        return f"{short(change.after)} is added" if change.after else ""
    if change.after is None:
        return f"{short(change.before)} is left out"
    before, after = short(change.before), short(change.after)
    return f"{before} → {after}" if before != after else f"{before} → another"
