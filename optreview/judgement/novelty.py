"""How far an update rule is from those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement import catalogue, identity
from optreview.records import Measurement

if TYPE_CHECKING:
    from optreview.records import Evidence, Kin

MEASUREMENT = "rule_distance"
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
    """The nearest rules that were there before it, the nearest first; all where it is none of them."""
    rule = evidence.dynamic.rule if evidence.dynamic else None
    kin = rule.kin if rule else ()
    known = identity.published(evidence)
    own = catalogue.entry(known) if known else None
    years = {each.id: each.year for each in catalogue.load()}
    older = [each for each in kin if own is None or (each.entry != own.id and years[each.entry] < own.year)]
    return tuple(sorted(older, key=lambda each: (distance(each), each.entry))[:_TOLD])


def measurement(evidence: Evidence) -> Measurement:
    """The distance from the nearest."""
    rule = evidence.dynamic.rule if evidence.dynamic else None
    if rule is None or not any(each.text for each in rule.equations):
        why = rule.program.reason if rule else ""
        note = why or (evidence.not_run.message if evidence.not_run else "Its update rule was not extracted.")
        return _absent(note)
    if not rule.kin:
        return _absent("It was compared with no known rule.")
    near = before(evidence)
    if not near:
        return _absent("The catalogue has no older rule to compare it with.")
    told = catalogue.entry(near[0].entry)
    name = told.name if told else near[0].entry
    since = f" ({told.year})" if told else ""
    differs = "; ".join(near[0].differences) or "nothing"
    return Measurement(
        id=MEASUREMENT,
        value=distance(near[0]),
        unit=_UNIT,
        presence="measured",
        note=f"the nearest is {name}{since}; what differs: {differs}",
    )


def _absent(note: str) -> Measurement:
    return Measurement(id=MEASUREMENT, value=None, unit=_UNIT, presence="not-measured", note=note)
