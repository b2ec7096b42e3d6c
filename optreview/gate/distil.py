"""From the evidence of one class to the figures that a baseline holds: pure arithmetic, no line numbers."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING

import optreview
from optreview.gate import findings, outcomes
from optreview.gate.lines import source_line
from optreview.records import WORKLOAD_VERSION, BaselineClass, BaselineRun
from optreview.records.memory import family

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from optreview.gate.asked import Asked
    from optreview.records import DynamicEvidence, Finding, Location, MemoryRun, Package, Target
    from optreview.records.baseline import Gauged
    from optreview.records.memory import Family, Share

#: Digits of a byte per parameter that are kept: a hundredth of a byte in all, on the models that are run.
_DIGITS = 6
ABSENT = "absent"


def distilled(gauged: Gauged, target: Target, found: Iterable[Finding], asked: Asked) -> BaselineClass:
    """What a baseline holds of a class; ``found`` are the findings that count."""
    evidence = gauged.evidence
    parameters = _parameters(evidence)
    elements = _elements(evidence)
    runs = {
        run_name(run): _run(run, parameters, _divided(shares, elements))
        for run, shares in zip(evidence.runs, gauged.shares, strict=True)
    }
    lines = {source_line(target, place) for place in allocations(evidence)}
    return BaselineClass(
        workload=evidence.workload.name,
        workload_version=WORKLOAD_VERSION,
        growth=evidence.growth.verdict if evidence.growth else None,
        packages={each.name: _minor(each) for each in evidence.packages},
        allocations=tuple(sorted(filter(None, lines))),
        optreview=optreview.__version__ if asked.probes or asked.lint else None,
        probes=outcomes.outcomes(evidence) if asked.probes else None,
        lint=findings.by_rule(found, target) if asked.lint else None,
        runs=runs,
    )


def adamw(evidence: DynamicEvidence) -> dict[str, BaselineRun]:
    """The same figures of AdamW beside it, undivided."""
    parameters = _parameters(evidence)
    return {run_name(run): _run(run, parameters, {}) for run in evidence.references}


def run_name(run: MemoryRun) -> str:
    """What tells a run of a class from its others."""
    return f"{run.dtype} {run.implementation}"


def minor(version: str) -> str:
    """``2.13`` of ``2.13.1``."""
    return ".".join(version.partition("+")[0].split(".")[:2])


def allocations(evidence: DynamicEvidence) -> tuple[Location, ...]:
    """Where a traced run made tensors as large as a parameter, sorted."""
    seen = (each for trace in evidence.traces for each in trace.observations)
    return tuple(sorted({each.location for each in seen if each.kind == "allocation"}))


def _parameters(evidence: DynamicEvidence) -> int:
    return sum(prod(tensor.shape) for tensor in evidence.workload.tensors)


def _elements(evidence: DynamicEvidence) -> Counter[Family]:
    """How many there are of each family of shapes."""
    found: Counter[Family] = Counter()
    for tensor in evidence.workload.tensors:
        found[family(tensor.shape)] += prod(tensor.shape)
    return found


def _divided(shares: Iterable[Share], elements: Mapping[Family, int]) -> dict[Family, dict[str, float]]:
    held: dict[Family, dict[str, float]] = {each: {} for each in sorted(elements)}
    for share in shares:
        held[share.family][share.key] = round(share.bytes / elements[share.family], _DIGITS)
    return held


def _run(run: MemoryRun, parameters: int, families: dict[Family, dict[str, float]]) -> BaselineRun:
    def each(size: int) -> float:
        return round(size / parameters, _DIGITS)

    return BaselineRun(
        state=each(run.state_bytes),
        hidden=each(run.hidden_bytes),
        host=each(sum(held.bytes or 0 for held in run.host)),
        first_transient=each(run.first_transient_bytes),
        steady_transient=each(run.steady_transient_bytes),
        buffers={buffer.key: each(buffer.bytes) for buffer in run.buffers},
        families=families,
    )


def _minor(package: Package) -> str:
    return ABSENT if package.version is None else minor(package.version)
