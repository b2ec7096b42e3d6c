"""Memory as the page shows it: the subject's runs beside AdamW's, buffer by buffer and option by option."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optreview.records import (
        BufferMemory,
        DynamicEvidence,
        Growth,
        Location,
        MemoryRun,
        OptionRun,
        StateBuffer,
        StaticEvidence,
        Workload,
    )

_ITEM_SIZE = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}
HIDDEN_PREFIX = "hidden:"


@dataclass(frozen=True)
class RunRow:
    """One line of the comparison: bytes of a run over the bytes of its parameters."""

    optimizer: str
    implementation: str
    dtype: str
    state: float
    state_per_parameter: float
    first_transient: float
    steady_transient: float
    is_subject: bool

    @property
    def path(self) -> str:
        """How the run was asked for: its own default, or one path by name."""
        return "default" if self.implementation == "default" else self.implementation


@dataclass(frozen=True)
class BufferRow:
    """A state buffer: what the source says joined with what the run found, either of which may be absent."""

    key: str
    shape: str
    dtypes: tuple[str, ...]
    bytes: int | None
    per_parameter: float | None
    gate: str | None
    created_at: Location | None
    hidden: bool = False


@dataclass(frozen=True)
class OptionRow:
    """What one option does to state and step peak beside the default run, over the parameters' bytes."""

    name: str
    value: str
    state: float
    state_change: float
    peak: float
    peak_change: float
    state_over_adamw: float | None
    changes_trajectory: bool
    new_keys: tuple[str, ...]

    @property
    def costs_state(self) -> bool:
        """More than a rounding of state is added."""
        return self.state_change > 0.001


@dataclass(frozen=True)
class MemoryView:
    """Everything measured about memory, ready to print."""

    default: MemoryRun
    adamw: MemoryRun
    bfloat16: MemoryRun | None
    adamw_bfloat16: MemoryRun | None
    rows: tuple[RunRow, ...]
    buffers: tuple[BufferRow, ...]
    adamw_buffers: tuple[BufferMemory, ...]
    options: tuple[OptionRow, ...]
    failed_options: tuple[OptionRun, ...]
    growth: Growth | None
    workload: Workload

    @property
    def state_over_parameters(self) -> float:
        """Bytes of state over bytes of parameters, float32 and defaults."""
        return self.default.state_bytes / self.default.parameter_bytes

    @property
    def adamw_over_parameters(self) -> float:
        """The same for AdamW."""
        return self.adamw.state_bytes / self.adamw.parameter_bytes

    @property
    def state_over_adamw(self) -> float:
        """Bytes of state over AdamW's bytes of state."""
        return self.default.state_bytes / self.adamw.state_bytes

    @property
    def state_over_adamw_bf16(self) -> float | None:
        """The same with bfloat16 parameters, or None when either run is missing."""
        if self.bfloat16 is None or self.adamw_bfloat16 is None:
            return None
        return self.bfloat16.state_bytes / self.adamw_bfloat16.state_bytes

    @property
    def peak_over_parameters(self) -> float:
        """Steady peak of temporaries over bytes of parameters, float32 and defaults."""
        return self.default.steady_transient_bytes / self.default.parameter_bytes

    @property
    def difference(self) -> int:
        """Bytes of state more (or, negative, less) than AdamW's on the same tensors."""
        return self.default.state_bytes - self.adamw.state_bytes

    @property
    def parameters(self) -> int:
        """Number of parameters in the model that was run."""
        return self.default.parameter_bytes // _ITEM_SIZE[self.default.dtype]

    @property
    def tensors(self) -> int:
        """Number of parameter tensors in the model that was run."""
        return len(self.workload.tensors)

    @property
    def nearly_adamw(self) -> bool:
        """The state is AdamW's within half a percent."""
        return abs(self.state_over_adamw - 1) < 0.005

    @property
    def full_size(self) -> int:
        """Buffers that have their parameter's shape throughout."""
        return _full_size(self.default)

    @property
    def adamw_full_size(self) -> int:
        """The same for AdamW."""
        return _full_size(self.adamw)

    @property
    def own_buffers(self) -> tuple[BufferRow, ...]:
        """Buffers that hold tensor bytes at the defaults."""
        return tuple(b for b in self.buffers if b.bytes)

    @property
    def dtypes(self) -> tuple[str, ...]:
        """Dtypes the optimizer was measured at, in order."""
        return tuple(dict.fromkeys(r.dtype for r in self.rows if r.is_subject))


def build(static: StaticEvidence, dynamic: DynamicEvidence) -> MemoryView | None:
    """Lay out the memory evidence, or None when the default float32 run or its reference is missing."""
    default = _find(dynamic.runs, "float32", "default")
    adamw = _find(dynamic.references, "float32", "default")
    if default is None or adamw is None:
        return None
    return MemoryView(
        default=default,
        adamw=adamw,
        bfloat16=_find(dynamic.runs, "bfloat16", "default"),
        adamw_bfloat16=_find(dynamic.references, "bfloat16", "default"),
        rows=_rows(dynamic),
        buffers=_buffers(static, default),
        adamw_buffers=adamw.buffers,
        options=tuple(_option(o, default, adamw) for o in dynamic.options if o.run),
        failed_options=tuple(o for o in dynamic.options if o.failure),
        growth=dynamic.growth,
        workload=dynamic.workload,
    )


def _full_size(run: MemoryRun) -> int:
    return sum(1 for b in run.buffers if b.tensors and b.like_parameter == b.tensors)


def _find(runs: tuple[MemoryRun, ...], dtype: str, implementation: str) -> MemoryRun | None:
    return next(
        (r for r in runs if r.dtype == dtype and r.implementation == implementation and not r.options), None
    )


def _rows(dynamic: DynamicEvidence) -> tuple[RunRow, ...]:
    own = [_row(run, is_subject=True) for run in dynamic.runs]
    return (*own, *(_row(run, is_subject=False) for run in dynamic.references))


def _row(run: MemoryRun, *, is_subject: bool) -> RunRow:
    return RunRow(
        optimizer=run.optimizer.rpartition(":")[2].rpartition(".")[2],
        implementation=run.implementation,
        dtype=run.dtype,
        state=run.state_bytes / run.parameter_bytes,
        state_per_parameter=run.state_bytes / run.parameter_bytes * _ITEM_SIZE[run.dtype],
        first_transient=run.first_transient_bytes / run.parameter_bytes,
        steady_transient=run.steady_transient_bytes / run.parameter_bytes,
        is_subject=is_subject,
    )


def _buffers(static: StaticEvidence, run: MemoryRun) -> tuple[BufferRow, ...]:
    measured = [_measured(buffer, _source_of(buffer.key, static), run) for buffer in run.buffers]
    seen = {b.key for b in run.buffers}
    absent = [s for s in static.state_buffers if not any(fnmatchcase(k, s.key) for k in seen)]
    return (*measured, *(_unseen(buffer) for buffer in absent))


def _source_of(key: str, static: StaticEvidence) -> StateBuffer | None:
    root = key.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
    return next((s for s in static.state_buffers if fnmatchcase(root, s.key)), None)


def _measured(buffer: BufferMemory, source: StateBuffer | None, run: MemoryRun) -> BufferRow:
    return BufferRow(
        key=buffer.key.removeprefix(HIDDEN_PREFIX),
        shape=_shape(buffer),
        dtypes=buffer.dtypes,
        bytes=buffer.bytes,
        per_parameter=buffer.bytes / run.parameter_bytes * _ITEM_SIZE[run.dtype],
        gate=None,
        created_at=source.sites[0] if source and source.sites else None,
        hidden=buffer.key.startswith(HIDDEN_PREFIX),
    )


def _shape(buffer: BufferMemory) -> str:
    if not buffer.tensors:
        return "a Python number a tensor"
    if buffer.like_parameter == buffer.tensors:
        return "as its parameter"
    if buffer.scalars == buffer.tensors:
        return "one element a tensor"
    if buffer.like_parameter:
        return f"as its parameter for {buffer.like_parameter} of {buffer.tensors}"
    return "smaller or differently shaped than its parameter"


def _unseen(source: StateBuffer) -> BufferRow:
    shapes = {
        "full-size": "as its parameter (source)",
        "scalar": "one element a tensor (source)",
        "number": "a Python number a tensor (source)",
        "factored": "factors of its parameter (source)",
        "list": "a list (source)",
        "unknown": "not decided",
    }
    return BufferRow(
        key=source.key,
        shape=shapes[source.kind],
        dtypes=(),
        bytes=None,
        per_parameter=None,
        gate=source.gate,
        created_at=source.sites[0] if source.sites else None,
    )


def _option(option: OptionRun, default: MemoryRun, adamw: MemoryRun) -> OptionRow:
    run = option.run
    assert run is not None
    before = {b.key for b in default.buffers}
    return OptionRow(
        name=option.option.name,
        value=option.option.value,
        state=run.state_bytes / run.parameter_bytes,
        state_change=run.state_bytes / run.parameter_bytes - default.state_bytes / default.parameter_bytes,
        peak=run.steady_transient_bytes / run.parameter_bytes,
        peak_change=(run.steady_transient_bytes - default.steady_transient_bytes) / run.parameter_bytes,
        state_over_adamw=run.state_bytes / adamw.state_bytes,
        changes_trajectory=run.trajectory != default.trajectory or run.steps != default.steps,
        new_keys=tuple(b.key for b in run.buffers if b.key not in before),
    )
