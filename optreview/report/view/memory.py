"""Memory as the page shows it: the subject's runs beside AdamW's, buffer by buffer and option by option."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from optreview.report import figures

if TYPE_CHECKING:
    from optreview.records import (
        BufferMemory,
        DynamicEvidence,
        Growth,
        Location,
        MemoryRun,
        Option,
        OptionRun,
        StateBuffer,
        StaticEvidence,
        Workload,
    )

_ITEM_SIZE = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}
HIDDEN_PREFIX = "hidden:"
ADAMW = "torch.optim:AdamW"


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
    path: str


@dataclass(frozen=True)
class BufferRow:
    """A state buffer: what the source says joined with what the run found, either of which may be absent."""

    key: str
    shape: str
    dtypes: tuple[str, ...]
    bytes: int | None
    cost: str
    gate: str | None
    created_at: Location | None
    at_defaults: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class OptionRow:
    """What one option does to state and step peak beside the default run, over the parameters' bytes."""

    name: str
    value: str
    state: float
    state_change: str
    peak: float
    peak_change: str
    added: float
    state_over_adamw: float | None
    changes_trajectory: bool
    new_keys: tuple[str, ...]

    @property
    def costs_state(self) -> bool:
        """More than a rounding of state is added."""
        return self.added > 0.001


@dataclass(frozen=True)
class MemoryView:
    """Everything measured about memory, ready to print."""

    default: MemoryRun
    adamw: MemoryRun
    bfloat16: MemoryRun | None
    adamw_bfloat16: MemoryRun | None
    rows: tuple[RunRow, ...]
    buffers: tuple[BufferRow, ...]
    adamw_buffers: tuple[BufferRow, ...]
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
        return tuple(b for b in self.buffers if b.bytes and b.at_defaults)

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
        buffers=_buffers(static, default, dynamic.options),
        adamw_buffers=tuple(_measured(buffer, None, adamw) for buffer in adamw.buffers),
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
    own = [_row(run, dynamic.runs, is_subject=True) for run in dynamic.runs]
    return (*own, *(_row(run, dynamic.references, is_subject=False) for run in dynamic.references))


def _path(run: MemoryRun, runs: tuple[MemoryRun, ...]) -> str:
    """The path by name; a default that did the very same work as a named path is said to be it."""
    if run.implementation != "default":
        return run.implementation
    named = {r.implementation for r in runs if r.implementation != "default" and _work(r) == _work(run)}
    if not named and run.optimizer == ADAMW and run.device == "cpu":
        named = {"for-loop"}  # what torch.optim documents for tensors on the CPU
    return f"default ({named.pop()})" if len(named) == 1 else "default"


def _work(run: MemoryRun) -> tuple[int, float]:
    """What tells one implementation from another at any dtype."""
    return run.operations, run.steady_transient_bytes / run.parameter_bytes


def _row(run: MemoryRun, runs: tuple[MemoryRun, ...], *, is_subject: bool) -> RunRow:
    return RunRow(
        optimizer=run.optimizer.rpartition(":")[2].rpartition(".")[2],
        implementation=run.implementation,
        dtype=run.dtype,
        state=run.state_bytes / run.parameter_bytes,
        state_per_parameter=run.state_bytes / run.parameter_bytes * _ITEM_SIZE[run.dtype],
        first_transient=run.first_transient_bytes / run.parameter_bytes,
        steady_transient=run.steady_transient_bytes / run.parameter_bytes,
        is_subject=is_subject,
        path=_path(run, runs),
    )


def _buffers(static: StaticEvidence, run: MemoryRun, options: tuple[OptionRun, ...]) -> tuple[BufferRow, ...]:
    """Buffers at the defaults, then those an option brought up, then those only the source shows."""
    rows = [_measured(buffer, _source_of(buffer.key, static), run) for buffer in run.buffers]
    seen = {b.key for b in run.buffers}
    for option in options:
        for buffer in option.run.buffers if option.run else ():
            if buffer.key not in seen:
                seen.add(buffer.key)
                source = _source_of(buffer.key, static)
                rows.append(_measured(buffer, source, option.run or run, option.option))
    roots = {_root(key) for key in seen}
    absent = [s for s in static.state_buffers if not any(fnmatchcase(r, s.key) for r in roots)]
    return (*rows, *(_unseen(buffer) for buffer in absent))


def _source_of(key: str, static: StaticEvidence) -> StateBuffer | None:
    return next((s for s in static.state_buffers if fnmatchcase(_root(key), s.key)), None)


def _root(key: str) -> str:
    """The state key itself, without the path into a list or an object below it."""
    return key.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]


def _measured(
    buffer: BufferMemory, source: StateBuffer | None, run: MemoryRun, option: Option | None = None
) -> BufferRow:
    return BufferRow(
        key=buffer.key.removeprefix(HIDDEN_PREFIX),
        shape=_shape(buffer),
        dtypes=buffer.dtypes,
        bytes=buffer.bytes,
        cost=_cost(buffer, run),
        gate=f"{option.name}={option.value}" if option else None,
        created_at=source.sites[0] if source and source.sites else None,
        at_defaults=option is None,
        hidden=buffer.key.startswith(HIDDEN_PREFIX),
    )


def _cost(buffer: BufferMemory, run: MemoryRun) -> str:
    """Bytes a parameter, or a tensor where that is what they depend on."""
    if not buffer.tensors:
        return "no tensor"
    if buffer.scalars == buffer.tensors:
        return f"{figures.per_parameter(buffer.bytes / buffer.tensors)} a tensor"
    per_parameter = buffer.bytes / run.parameter_bytes * _ITEM_SIZE[run.dtype]
    return f"{figures.per_parameter(per_parameter)} a parameter"


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
        cost="not seen",
        gate=source.gate,
        created_at=source.sites[0] if source.sites else None,
    )


def _change(difference: int, run: MemoryRun) -> str:
    """A difference over the parameters' bytes, or in bytes where that would round to nothing."""
    if not difference:
        return "none"
    sign = "+" if difference > 0 else "\N{MINUS SIGN}"
    ratio = abs(difference) / run.parameter_bytes
    return sign + (figures.times(ratio) if ratio >= 0.005 else figures.data_size(abs(difference)))


def _option(option: OptionRun, default: MemoryRun, adamw: MemoryRun) -> OptionRow:
    run = option.run
    assert run is not None
    before = {b.key for b in default.buffers}
    return OptionRow(
        name=option.option.name,
        value=option.option.value,
        state=run.state_bytes / run.parameter_bytes,
        state_change=_change(run.state_bytes - default.state_bytes, run),
        peak=run.steady_transient_bytes / run.parameter_bytes,
        peak_change=_change(run.steady_transient_bytes - default.steady_transient_bytes, run),
        added=(run.state_bytes - default.state_bytes) / run.parameter_bytes,
        state_over_adamw=run.state_bytes / adamw.state_bytes,
        changes_trajectory=run.trajectory != default.trajectory or run.steps != default.steps,
        new_keys=tuple(b.key for b in run.buffers if b.key not in before),
    )
