"""How far an update rule is from those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement import catalogue, identity, wrappers
from optreview.records import Measurement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.judgement.catalogue import Entry
    from optreview.records import Evidence, Kin

MEASUREMENT = "rule_distance"
BEHAVIOUR = "rule_behaviour"
#: How much of a distance in behaviour counts: another schedule is no other idea.
_SHARE = 0.1
_TOLD = 3
_UNIT = "of 1"


def distance(kin: Kin) -> float:
    """From a known rule: that of the structure, or a little where only numbers differ."""
    if kin.verdict == "same":
        return 0.0
    return round(max(kin.structure, _SHARE * (kin.behaviour or 0.0)), 3)


def before(evidence: Evidence) -> tuple[Kin, ...]:
    """The nearest rules that were there before it, the nearest first; all where it is none of them.

    Of those that are equally near, the one that behaves most alike.
    """
    return tuple(
        sorted(_older(evidence), key=lambda each: (distance(each), _apart(each), each.entry))[:_TOLD]
    )


def _apart(kin: Kin) -> float:
    return 1.0 if kin.behaviour is None else kin.behaviour


def _older(evidence: Evidence) -> list[Kin]:
    """Without entries whose implementation shows an older one's rule, which a record may have from before."""
    rule = evidence.dynamic.rule if evidence.dynamic else None
    published = own(evidence)
    years = {each.id: each.year for each in catalogue.load()}
    origins = catalogue.ancestors(published) if published else frozenset()
    return [
        each
        for each in (rule.kin if rule else ())
        if not catalogue.shows_another(each.entry)
        and (
            published is None
            or each.entry in origins
            or (each.entry != published.id and years[each.entry] < published.year)
        )
    ]


def own(evidence: Evidence) -> Entry | None:
    """The entry that it is no copy of, because it is its implementation.

    By its rule, under the entry's name or an older one; by its name alone, where its rule is no entry's.
    """
    known, subject = identity.identify(evidence), evidence.static.subject
    entry = catalogue.entry(known.entry) if known else None
    if known is None or entry is None or known.grounds == "class name":
        return entry
    named = catalogue.identify(subject.class_name)
    before = catalogue.entry(named.entry) if named else None
    is_reference = catalogue.is_read_from(entry, subject)
    return entry if is_reference or (before is not None and before.year <= entry.year) else None


def measurements(evidence: Evidence) -> tuple[Measurement, Measurement]:
    """The distance from the nearest, in its formulas and in its steps."""
    rule = evidence.dynamic.rule if evidence.dynamic else None
    if rule is None or not any(each.text for each in rule.equations):
        why = rule.program.reason if rule else ""
        return _absent(
            why or (evidence.not_run.message if evidence.not_run else "Its update rule was not extracted.")
        )
    if any(each.text and each.proof.verdict != "proven" for each in rule.equations):
        return _absent("Its equations are not proven to be what it computes.")
    hidden = _hidden(evidence)
    if not rule.kin or hidden:
        return _absent(hidden or rule.alone or "It was compared with no known rule.")
    near = before(evidence)
    if not near:
        return _absent("The catalogue has no older rule to compare it with.")
    if _unconfirmed(near[0]):
        return _absent(
            f"Its formulas could not be told from those of {_told(near[0])}, and no run compared the two."
        )
    return (
        Measurement(
            id=MEASUREMENT,
            value=distance(near[0]),
            unit=_UNIT,
            presence="measured",
            note=f"the nearest is {_told(near[0])}{at_zero(near[0])}{_as_near(near)}",
        ),
        _in_behaviour(evidence),
    )


def _as_near(near: Sequence[Kin]) -> str:
    """The others at the same distance, of those that the page lists."""
    others = [_told(each) for each in near[1:] if distance(each) == distance(near[0])]
    return f"; as near {'is' if len(others) == 1 else 'are'} {' and '.join(others)}" if others else ""


def _hidden(evidence: Evidence) -> str:
    """Why the rule that was seen is not the class's own; empty where nothing says so."""
    inner = wrappers.inner(evidence)
    if inner is not None:
        return f"As it was driven, its step is that of the optimizer inside, {inner.name}, alone."
    known = identity.identify(evidence)
    if known is not None and known.grounds == "class name" and catalogue.shows_another(known.entry):
        return f"What makes {known.name} another rule than older ones did not show in these runs."
    return ""


def _unconfirmed(kin: Kin) -> bool:
    """The comparison found no difference in structure, and could not run the two side by side."""
    return kin.verdict == "graded" and kin.behaviour is None and not kin.structure and not kin.differences


def _in_behaviour(evidence: Evidence) -> Measurement:
    compared = [(0.0 if e.verdict == "same" else e.behaviour, distance(e), e) for e in _older(evidence)]
    known = [(value, away, each) for value, away, each in compared if value is not None]
    if not known:
        return _missing(BEHAVIOUR, "Its steps were compared with those of no older rule.")
    value, _, nearest = min(known, key=lambda one: (*one[:2], one[2].entry))
    return Measurement(
        id=BEHAVIOUR,
        value=round(value, 3),
        unit=_UNIT,
        presence="measured",
        note=f"{_told(nearest)}{_held_at(nearest)}{at_zero(nearest)}, {_among(known, value)}",
    )


def _among(known: Sequence[object], value: float) -> str:
    """Steps are compared with those of a few rules, whose formulas are near: another's may be nearer."""
    if len(known) == 1:
        return "the one known rule that it was held beside in this way"
    others = "; those of another may be nearer" if value else ""
    return f"the nearest in this of {len(known)} known rules that were picked by their formulas{others}"


def _held_at(kin: Kin) -> str:
    """The numbers that its hyperparameters were given in the runs, at which it may be a far simpler rule."""
    held = [
        f"{each.name} at {number:g}"
        for each in kin.matching
        if each.name not in kin.off and (number := _number(each.value)) is not None
    ]
    if not held:
        return ""
    *most, last = held
    return f", with {', '.join(most)} and {last}" if most else f", with {last}"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def at_zero(kin: Kin) -> str:
    """What was zero while the two were found to be the same; empty where nothing was."""
    agrees = kin.verdict == "same" and kin.off
    return f", with {' and '.join(kin.off)} at zero, as by default" if agrees else ""


def _told(kin: Kin) -> str:
    entry = catalogue.entry(kin.entry)
    return f"{entry.name} ({entry.year})" if entry else kin.entry


def _absent(note: str) -> tuple[Measurement, Measurement]:
    return _missing(MEASUREMENT, note), _missing(BEHAVIOUR, note)


def _missing(name: str, note: str) -> Measurement:
    return Measurement(id=name, value=None, unit=_UNIT, presence="not-measured", note=note)
