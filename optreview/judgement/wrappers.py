"""What is the class's own where it wraps another optimizer, and what is the other's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.judgement import catalogue
from optreview.records import Measurement

if TYPE_CHECKING:
    from optreview.judgement.catalogue import Entry
    from optreview.records import Evidence

_GIVEN = re.compile(r"torch\.optim\.(\w+)")
#: Ways to take a step that a wrapper has when the optimizer inside has them.
_PATHS = frozenset({"foreach_path", "fused_path"})
_GRADIENTS = frozenset({"gradients_preserved", "gradients_preserved_with_options"})
_CHANGES_GRADIENTS = (
    "Its own code writes into gradients and into no parameter: to change them for the optimizer that it "
    "wraps is what its step does."
)
_DECIDED_INSIDE = "How the tensors are updated is for the optimizer that it wraps to decide."


def wraps(evidence: Evidence) -> bool:
    """Whether another optimizer makes its step."""
    return bool(evidence.static.workings and evidence.static.workings.holds)


def around(evidence: Evidence) -> str:
    """The optimizer of torch that a wrapper was given when it was run; empty where it was given none."""
    found = _GIVEN.search(evidence.dynamic.recipe.snippet) if evidence.dynamic and wraps(evidence) else None
    return found[1] if found else ""


def inner(evidence: Evidence) -> Entry | None:
    """The rule inside, where a wrapper's steps were that alone and it is not named after it."""
    rule = evidence.dynamic.rule if evidence.dynamic else None
    same = [each.entry for each in rule.kin if each.verdict == "same"] if rule else []
    named = catalogue.identify(evidence.static.subject.class_name)
    if not wraps(evidence) or not same or (named is not None and named.entry in same):
        return None
    return next((entry for entry in map(catalogue.entry, _inside(evidence, same)) if entry), None)


def _inside(evidence: Evidence, same: list[str]) -> list[str]:
    """Of the rules that it equals, first the one whose name stands in the lines that drove it."""
    driven = evidence.dynamic.recipe.snippet if evidence.dynamic else ""
    names = {each: entry.name for each in same if (entry := catalogue.entry(each))}
    return sorted(same, key=lambda each: (f".{names.get(each)}" not in driven, each))


def own_gradients(measurement: Measurement, evidence: Evidence) -> Measurement:
    """To change gradients is what a wrapper is for whose own code writes into them, and into no parameter."""
    if measurement.id not in _GRADIENTS or measurement.value not in {False, "fail"} or not wraps(evidence):
        return measurement
    roles = {site.role for site in evidence.static.in_place_sites if site.in_step}
    if "gradient" not in roles or roles & {"parameter", "unknown"}:
        return measurement
    return Measurement(
        id=measurement.id,
        value=None,
        unit=measurement.unit,
        presence="not-applicable",
        note=_CHANGES_GRADIENTS,
    )


def own_path(measurement: Measurement, evidence: Evidence) -> Measurement:
    """A path that its own source does not have is no lack of a wrapper's."""
    if measurement.id not in _PATHS or measurement.value is not False or not wraps(evidence):
        return measurement
    return Measurement(
        id=measurement.id,
        value=None,
        unit=measurement.unit,
        presence="not-applicable",
        note=_DECIDED_INSIDE,
    )
