"""From the evidence of one class to the figures that a baseline holds: pure arithmetic, no line numbers."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from optreview.records import WORKLOAD_VERSION, BaselineClass, BaselineRun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.records import DynamicEvidence, Location, MemoryRun, Package, Target

#: Digits of a byte per parameter that are kept: a hundredth of a byte in all, on the models that are run.
_DIGITS = 6
ABSENT = "absent"
#: So much of a line is kept.
_LONGEST = 200


def distilled(evidence: DynamicEvidence, target: Target) -> BaselineClass:
    """What a baseline holds of a class."""
    parameters = _parameters(evidence)
    lines = {source_line(target, place) for place in allocations(evidence)}
    return BaselineClass(
        workload=evidence.workload.name,
        workload_version=WORKLOAD_VERSION,
        growth=evidence.growth.verdict if evidence.growth else None,
        packages={each.name: _minor(each) for each in evidence.packages},
        allocations=tuple(sorted(filter(None, lines))),
        runs=_runs(evidence.runs, parameters),
    )


def adamw(evidence: DynamicEvidence) -> dict[str, BaselineRun]:
    """The same figures of AdamW beside it."""
    return _runs(evidence.references, _parameters(evidence))


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


def source_line(target: Target, place: Location) -> str:
    """The source of a line without white space around it; empty where the file is gone."""
    path = source_file(target, place)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path else []
    return lines[place.line - 1].strip()[:_LONGEST] if place.line <= len(lines) else ""


def source_file(target: Target, place: Location) -> Path | None:
    """The file that a place is in; None where it is gone."""
    paths = (Path(root) / place.file for root in (target.root, *target.search_path))
    return next((path for path in paths if path.is_file()), None)


def _parameters(evidence: DynamicEvidence) -> int:
    return sum(prod(tensor.shape) for tensor in evidence.workload.tensors)


def _runs(runs: Iterable[MemoryRun], parameters: int) -> dict[str, BaselineRun]:
    return {run_name(run): _run(run, parameters) for run in runs}


def _run(run: MemoryRun, parameters: int) -> BaselineRun:
    def each(size: int) -> float:
        return round(size / parameters, _DIGITS)

    return BaselineRun(
        state=each(run.state_bytes),
        hidden=each(run.hidden_bytes),
        host=each(sum(held.bytes or 0 for held in run.host)),
        first_transient=each(run.first_transient_bytes),
        steady_transient=each(run.steady_transient_bytes),
        buffers={buffer.key: each(buffer.bytes) for buffer in run.buffers},
    )


def _minor(package: Package) -> str:
    return ABSENT if package.version is None else minor(package.version)
