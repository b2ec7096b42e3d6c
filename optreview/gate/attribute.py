"""Which lines made a difference: the comparison's figures, held against the evidence of what is now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from optreview.gate import distil, findings
from optreview.gate.lines import source_file, source_line
from optreview.places import Places
from optreview.records import SourceLine
from optreview.records.gate import Held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.evidence.static import Candidate
    from optreview.gate.measuring import Measured
    from optreview.records import (
        BaselineClass,
        Breach,
        Change,
        CheckedClass,
        DynamicEvidence,
        GrowthChange,
        Location,
        Target,
    )
    from optreview.records.gate import LintChange, ModelBreach, ProbeChange

_TRANSIENT = frozenset({"first_transient", "steady_transient"})


def defined(candidate: Candidate) -> SourceLine:
    """Where a class is defined."""
    (line,) = _found(candidate.target, (candidate.location,))
    return line


def attributed(checked: CheckedClass, before: BaselineClass | None, now: Measured) -> CheckedClass:
    """The same with the lines that made each buffer, and those that are new and make large tensors."""
    if now.evidence is None or now.figures is None:
        return checked
    evidence, target = now.evidence, now.candidate.target
    known = before.allocations if before else ()
    fresh = tuple(place for place in distil.allocations(evidence) if source_line(target, place) not in known)
    return structs.replace(
        checked,
        changes=tuple(_change(each, evidence, target, fresh) for each in checked.changes),
        growth=_growth(checked.growth, evidence, target) if checked.growth else None,
        breaches=tuple(_breach(each, before, now.figures, evidence, target) for each in checked.breaches),
        model_breaches=tuple(
            _on_model(each, before, now.figures, evidence, target) for each in checked.model_breaches
        ),
        probes=tuple(_probe(each, evidence, target) for each in checked.probes),
        lint=tuple(_lint(each, before, now, target) for each in checked.lint),
    )


def _change(change: Change, evidence: DynamicEvidence, target: Target, fresh: tuple[Location, ...]) -> Change:
    if change.figure in _TRANSIENT:
        state = _made(evidence) if change.figure == "steady_transient" else frozenset()
        places = [place for place in fresh if place not in state]
        return structs.replace(change, places=_found(target, places))
    parts = (
        structs.replace(each, places=_found(target, _lines(evidence, change.run, each.key)))
        for each in change.parts
    )
    return structs.replace(change, parts=tuple(parts))


def _breach(
    breach: Breach,
    before: BaselineClass | None,
    now: BaselineClass,
    evidence: DynamicEvidence,
    target: Target,
) -> Breach:
    """A budget with what fills it: it may never have been kept, so nothing of it need be new."""
    if breach.figure in _TRANSIENT:
        return structs.replace(breach, places=_found(target, _allocating(before, evidence, target)))
    return structs.replace(breach, parts=_filling(breach.run, breach.figure, before, now, evidence, target))


def _on_model(
    breach: ModelBreach,
    before: BaselineClass | None,
    now: BaselineClass,
    evidence: DynamicEvidence,
    target: Target,
) -> ModelBreach:
    """The same for a model that was simulated, by the run in its dtype, which has the lines."""
    if breach.figure in {*_TRANSIENT, "peak"}:
        return structs.replace(breach, places=_found(target, _allocating(before, evidence, target)))
    run = next((each for each in now.runs if each == f"{breach.dtype} default"), "float32 default")
    return structs.replace(breach, parts=_filling(run, breach.figure, before, now, evidence, target))


def _allocating(before: BaselineClass | None, evidence: DynamicEvidence, target: Target) -> list[Location]:
    """Where tensors as large as a parameter are made, the lines that the baseline does not have first."""
    known = before.allocations if before else ()
    return sorted(distil.allocations(evidence), key=lambda place: source_line(target, place) in known)


def _filling(  # noqa: PLR0913, PLR0917 - what there is, and where it comes from
    run: str,
    figure: str,
    before: BaselineClass | None,
    now: BaselineClass,
    evidence: DynamicEvidence,
    target: Target,
) -> tuple[Held, ...]:
    """The buffers that make a figure, those first that the baseline has less of."""
    held = now.runs[run].buffers if run in now.runs else {}
    parts = [
        Held(key=key, value=value, places=_found(target, _lines(evidence, run, key)))
        for key, value in held.items()
        if value and (figure == "state" or (figure == "hidden" and key.startswith("hidden:")))
    ]
    was = before.runs[run].buffers if before and run in before.runs else {}
    parts.sort(key=lambda part: (was.get(part.key, 0.0) - part.value, -part.value, part.key))
    return tuple(parts)


def _probe(change: ProbeChange, evidence: DynamicEvidence, target: Target) -> ProbeChange:
    """With what the probe saw, and where."""
    seen = next((each for each in evidence.measurements if each.id == change.probe), None)
    if seen is None:
        return change
    return structs.replace(change, note=seen.note, places=_found(target, seen.locations))


def _lint(change: LintChange, before: BaselineClass | None, now: Measured, target: Target) -> LintChange:
    """With the lines that are new."""
    known = (before.lint or {}).get(change.rule, ()) if before else ()
    new = findings.fresh(now.findings, change.rule, known, target)
    if change.verdict != "worse" or not new:
        return change
    places = _found(target, [each.location for each in new])
    return structs.replace(change, message=new[0].message, places=places)


def _found(target: Target, places: Iterable[Location]) -> tuple[SourceLine, ...]:
    """Places below the import root as people find them."""
    here = Places.around(Path.cwd())
    files = {place: source_file(target, place) for place in places}
    return tuple(
        SourceLine(
            file=here.name(path) if path else place.file,
            line=place.line,
            column=place.column,
            source=source_line(target, place),
        )
        for place, path in files.items()
    )


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


def _growth(growth: GrowthChange, evidence: DynamicEvidence, target: Target) -> GrowthChange:
    holders = evidence.growth.holders if evidence.growth else ()
    keys = {key for holder in holders for key in (holder, f"hidden:{holder}")}
    made = {
        line.location
        for run in evidence.runs
        for buffer in run.buffers
        if buffer.key in keys
        for line in buffer.created
    }
    return structs.replace(growth, holders=holders, places=_found(target, sorted(made)))
