"""Which known optimizer a class is: by its update rule where that was extracted, else by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from optreview.judgement import catalogue, wrappers
from optreview.judgement.literals import value_of
from optreview.records import Identity

if TYPE_CHECKING:
    from optreview.judgement.catalogue import Entry
    from optreview.records import Evidence, Kin

#: From here on a nearest rule is another rule.
NEAREST = 0.15
#: Between two formulas, in the words of the comparison.
ARROW = "→"


def identify(evidence: Evidence) -> Identity | None:
    """The entry, the grounds, and a sentence where name and rule do not say the same."""
    own = evidence.static.subject.class_name
    named = catalogue.identify(own)
    rule = evidence.dynamic.rule if evidence.dynamic else None
    kin = rule.kin if rule else ()
    if not kin:
        return named
    same = [each for each in kin if each.verdict == "same"]
    if wrappers.inner(evidence) is not None:
        return named
    nearest = _preferred(same or [each for each in kin if _near(each)], named)
    if nearest is not None and named is not None and catalogue.shows_another(named.entry):
        return structs.replace(named, note=_unshown(named.name, nearest))
    if same:
        notes = (_renamed(own, nearest, named), _by_default(same, nearest))
        return _identity(nearest, "update rule (proven the same)", " ".join(filter(None, notes)))
    if nearest is not None:
        return _identity(nearest, "update rule (nearest)", _renamed(own, nearest, named))
    return _by_name(named, kin)


def adviser(evidence: Evidence, found: Identity | None) -> Entry | None:
    """The entry whose settings, and whose users' advice, hold for the class.

    Of a rule that is only the nearest, or the same once some of its hyperparameters are numbers, they say
    nothing: what makes the two differ may be what the advice hangs on. Then the class's name tells, if any.
    """
    if found is None:
        return None
    named = catalogue.identify(evidence.static.subject.class_name)
    if found.grounds == "class name" or _whole(evidence, found):
        return catalogue.entry(found.entry)
    return catalogue.entry(named.entry) if named is not None else None


def _whole(evidence: Evidence, found: Identity) -> bool:
    """Whether the rule was proven the same with a hyperparameter of the class for each of the known one's."""
    rule = evidence.dynamic.rule if evidence.dynamic else None
    kin = next((k for k in rule.kin if k.entry == found.entry), None) if rule else None
    return (
        found.grounds == "update rule (proven the same)"
        and kin is not None
        and all(value_of(each.value) is None for each in kin.matching)
    )


def _unshown(name: str, kin: Kin) -> str:
    """Of a class whose entry's own implementation, driven alike, has another's rule."""
    known = catalogue.entry(kin.entry)
    what = "is" if kin.verdict == "same" else "is nearest to"
    other = known.name if known else kin.entry
    return (
        f"In these runs its rule {what} {other}'s. The catalogue's own implementation of {name} shows an "
        f"older rule in such runs, too: what makes {name} another comes later, or is off."
    )


def told(kin: Kin) -> str:
    """What runs have shown to differ; of formulas only that they do, as one may be written in many ways."""
    said = [each for each in kin.differences if ARROW not in each]
    shown = [f"in short runs {each}" if each in (kin.unlike or ()) else each for each in said]
    if len(shown) < len(kin.differences) or not shown:
        apart = "with matched hyperparameters the two take other steps"
        shown.append(apart if kin.behaviour else "their formulas differ, which no run has confirmed")
    return "; ".join(shown)


def _near(kin: Kin) -> bool:
    """By its structure alone it is near only where it was seen to behave alike as well."""
    return kin.verdict in {"same-except", "skeleton"} or (kin.structure <= NEAREST and kin.unlike == ())


def _preferred(kin: list[Kin], named: Identity | None) -> Kin | None:
    """The one of the class's name if it is among the best, else the first."""
    best = [each for each in kin if each.verdict == kin[0].verdict]
    return next((each for each in best if named and each.entry == named.entry), kin[0] if kin else None)


def _identity(kin: Kin | None, grounds: str, note: str) -> Identity | None:
    known = catalogue.entry(kin.entry) if kin else None
    if known is None:
        return None
    return Identity(entry=known.id, name=known.name, grounds=grounds, note=note)  # type: ignore[arg-type]


def _renamed(own: str, kin: Kin | None, named: Identity | None) -> str:
    known = catalogue.entry(kin.entry) if kin else None
    if kin is None or known is None:
        return ""
    what = "is" if kin.verdict == "same" else "is nearest to"
    differs = f": {told(kin)}" if kin.differences else ""
    if named is not None and named.entry == kin.entry:
        return f"Its rule {what} {known.name}'s{differs}." if differs else ""
    if named is not None:
        where = "at its defaults " if kin.verdict == "same" else ""
        return f"It is named {named.name}, but {where}its rule {what} {known.name}'s{differs}."
    if kin.verdict == "same":
        return f"The catalogue does not have the name {own}."
    return f"Its rule {what} {known.name}'s{differs}."


def _by_default(same: list[Kin], nearest: Kin | None) -> str:
    """The simplest rule that it is with more of its hyperparameters at zero, which they are by default."""
    if nearest is None:
        return ""
    simpler = [each for each in same if set(each.off) > set(nearest.off)]
    least = max(simpler, key=lambda each: (len(each.off), each.entry), default=None)
    known = catalogue.entry(least.entry) if least else None
    if least is None or known is None:
        return ""
    return f"With {' and '.join(least.off)} at zero, as by default, its rule is {known.name}'s."


def _by_name(named: Identity | None, kin: tuple[Kin, ...]) -> Identity | None:
    """The class's name alone, with what its rule does otherwise."""
    if named is None:
        return None
    other = next((each for each in kin if each.entry == named.entry), None)
    if other is None:
        note = f"It is taken for {named.name} by its name: the catalogue has no rule to compare it with."
    else:
        note = f"Its rule is not quite the one that the catalogue holds for {named.name}: {told(other)}."
    return Identity(entry=named.entry, name=named.name, grounds="class name", note=note)
