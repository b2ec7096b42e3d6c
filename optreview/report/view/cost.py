"""What a steady step costs, counted: the paths of the subject beside those of AdamW."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from optreview.frozen import Frozen
from optreview.report.view.memory import beside, path

if TYPE_CHECKING:
    from optreview.records import DynamicEvidence, Measurement, MemoryRun, StepCost


class CostRow(Frozen, frozen=True):
    """One path in float32: operations, bytes moved over the parameters', and new full-size tensors."""

    optimizer: str
    path: str
    operations: int
    moved: float
    full_size: int
    full_size_over_parameters: float
    late: Late | None = None


class Late(Frozen, frozen=True):
    """The last steps of a path where they differ: fewest, most and mean, bytes over the parameters'."""

    steps: int
    operations: tuple[int, int, float]
    moved: tuple[float, float, float]


class CostView(Frozen, frozen=True):
    """The rows, and the default path over AdamW's same path; a figure is None where there is none.

    Attributes:
        parameters: How many numbers the parameters of these runs have.
        place: Where these ran.
    """

    parameters: int
    place: str
    rows: tuple[CostRow, ...]
    moved_over_adamw: float | None
    operations_over_adamw: float | None


def build(dynamic: DynamicEvidence) -> CostView | None:
    """Lay the costs out, or None when no run has them."""
    others = [
        structs.replace(row, optimizer=beside(row.optimizer, dynamic)) for row in _rows(dynamic.references)
    ]
    rows = [*_rows(dynamic.runs), *others]
    if not rows:
        return None
    measured = {m.id: m for m in dynamic.measurements}
    run = next(run for run in (*dynamic.runs, *dynamic.references) if run.dtype == "float32")
    return CostView(
        parameters=run.parameter_bytes // 4,
        place="the CPU" if run.device == "cpu" else run.device.upper(),
        rows=tuple(rows),
        moved_over_adamw=_value(measured.get("bytes_moved_over_adamw")),
        operations_over_adamw=_value(measured.get("operations_over_adamw")),
    )


def _rows(runs: tuple[MemoryRun, ...]) -> list[CostRow]:
    """Float32 runs whose cost is known; a path that the default has shown already is left out."""
    found: dict[tuple[int, StepCost], MemoryRun] = {}
    for run in runs:
        if run.dtype == "float32" and run.cost is not None:
            found.setdefault((run.operations, run.cost), run)
    return [_row(run, cost, path(run, runs)) for (_, cost), run in found.items()]


def _row(run: MemoryRun, cost: StepCost, taken: str) -> CostRow:
    return CostRow(
        optimizer=run.optimizer.rpartition(":")[2].rpartition(".")[2],
        path=taken,
        operations=run.operations,
        moved=cost.bytes_moved / run.parameter_bytes,
        full_size=cost.full_size,
        full_size_over_parameters=cost.full_size_bytes / run.parameter_bytes,
        late=_late(run),
    )


def _late(run: MemoryRun) -> Late | None:
    operations, moved = run.late_operations, [each / run.parameter_bytes for each in run.late_moved]
    if not operations or not moved:
        return None
    return Late(
        steps=len(operations),
        operations=(min(operations), max(operations), sum(operations) / len(operations)),
        moved=(min(moved), max(moved), sum(moved) / len(moved)),
    )


def _value(measurement: Measurement | None) -> float | None:
    value = measurement.value if measurement else None
    return None if value is None or isinstance(value, str) else float(value)
