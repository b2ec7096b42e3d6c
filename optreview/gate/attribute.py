"""Which lines made a difference: the comparison's figures, held against the evidence of what is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from optreview.gate import distil

if TYPE_CHECKING:
    from optreview.gate.measuring import Measured
    from optreview.records import BaselineClass, Change, CheckedClass, DynamicEvidence, GrowthChange, Location

_TRANSIENT = frozenset({"first_transient", "steady_transient"})


def attributed(checked: CheckedClass, before: BaselineClass, now: Measured) -> CheckedClass:
    """The same with the lines that made each buffer, and those that are new and make large tensors."""
    if now.evidence is None:
        return checked
    evidence = now.evidence
    fresh = tuple(
        place
        for place in distil.allocations(evidence)
        if distil.source_line(now.candidate.target, place) not in before.allocations
    )
    return structs.replace(
        checked,
        changes=tuple(_change(each, evidence, fresh) for each in checked.changes),
        growth=_growth(checked.growth, evidence) if checked.growth else None,
    )


def _change(change: Change, evidence: DynamicEvidence, fresh: tuple[Location, ...]) -> Change:
    if change.figure in _TRANSIENT:
        state = _made(evidence) if change.figure == "steady_transient" else frozenset()
        return structs.replace(change, places=tuple(place for place in fresh if place not in state))
    parts = (structs.replace(each, places=_lines(evidence, change.run, each.key)) for each in change.parts)
    return structs.replace(change, parts=tuple(parts))


def _lines(evidence: DynamicEvidence, run: str, key: str) -> tuple[Location, ...]:
    """The lines that made a buffer in a run."""
    return tuple(
        made.location
        for each in evidence.runs
        if distil.run_name(each) == run
        for buffer in each.buffers
        if buffer.key == key
        for made in buffer.created
    )


def _made(evidence: DynamicEvidence) -> frozenset[Location]:
    """The lines that make what is kept."""
    buffers = (buffer for run in evidence.runs for buffer in run.buffers)
    return frozenset(made.location for buffer in buffers for made in buffer.created)


def _growth(growth: GrowthChange, evidence: DynamicEvidence) -> GrowthChange:
    holders = evidence.growth.holders if evidence.growth else ()
    keys = {key for holder in holders for key in (holder, f"hidden:{holder}")}
    made = {
        line.location
        for run in evidence.runs
        for buffer in run.buffers
        if buffer.key in keys
        for line in buffer.created
    }
    return structs.replace(growth, holders=holders, places=tuple(sorted(made)))
