"""Memory as the page shows it: the subject's runs beside AdamW's, buffer by buffer and option by option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from optreview.frozen import Frozen
from optreview.records import ITEM_SIZE
from optreview.report import figures
from optreview.report.view import buffers, effects

if TYPE_CHECKING:
    from optreview.records import (
        Combination,
        DynamicEvidence,
        Growth,
        MemoryRun,
        OptionRun,
        StaticEvidence,
        Workload,
    )
    from optreview.report.view.buffers import BufferRow
    from optreview.report.view.effects import Effect

ADAMW = "torch.optim:AdamW"


class RunRow(Frozen, frozen=True):
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


class OptionRow(Frozen, frozen=True):
    """What one option does to state and step peak beside the default run, over the parameters' bytes."""

    name: str
    value: str
    state: float
    state_change: str
    peak: float
    peak_change: str
    added: float
    state_over_adamw: float | None
    effect: Effect

    @property
    def costs_state(self) -> bool:
        """More than a rounding of state is added."""
        return self.added > 0.001


class FailedOption(Frozen, frozen=True):
    """An option that cannot be run by itself, and what it does beside others where that was found."""

    tried: OptionRun
    beside: str = ""
    state_change: str = ""
    peak_change: str = ""


class MemoryView(Frozen, frozen=True):
    """Everything measured about memory, ready to print."""

    default: MemoryRun
    adamw: MemoryRun
    bfloat16: MemoryRun | None
    adamw_bfloat16: MemoryRun | None
    rows: tuple[RunRow, ...]
    buffers: tuple[BufferRow, ...]
    adamw_buffers: tuple[BufferRow, ...]
    options: tuple[OptionRow, ...]
    failed_options: tuple[FailedOption, ...]
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
        return self.default.parameter_bytes // ITEM_SIZE[self.default.dtype]

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
        """Buffers that every parameter has in its own shape."""
        return _full_size(self.default, self.tensors)

    @property
    def adamw_full_size(self) -> int:
        """The same for AdamW."""
        return _full_size(self.adamw, self.tensors)

    @property
    def own_buffers(self) -> tuple[BufferRow, ...]:
        """Buffers that hold tensor bytes at the defaults."""
        return tuple(b for b in self.buffers if b.bytes and b.at_defaults)

    @property
    def hidden_buffers(self) -> tuple[BufferRow, ...]:
        """Those of them that ``state_dict`` does not save."""
        return tuple(b for b in self.own_buffers if b.hidden and not b.in_groups)

    @property
    def group_buffers(self) -> tuple[BufferRow, ...]:
        """Those of them that are in ``param_groups``."""
        return tuple(b for b in self.own_buffers if b.in_groups)

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
    options = [_option(o, default, adamw, dynamic.combinations) for o in dynamic.options if o.run]
    named = {
        h.name for h in static.hyperparameters
    }  # a keyword that is swallowed and does nothing is no option
    return MemoryView(
        default=default,
        adamw=adamw,
        bfloat16=_find(dynamic.runs, "bfloat16", "default"),
        adamw_bfloat16=_find(dynamic.references, "bfloat16", "default"),
        rows=_rows(dynamic),
        buffers=buffers.build(static, default, dynamic),
        adamw_buffers=buffers.measured(adamw, len(dynamic.workload.tensors)),
        options=tuple(each for each in options if each.name in named or each.effect.verdict != "no"),
        failed_options=tuple(
            FailedOption(o, *_beside(o, dynamic.combinations, default))
            for o in dynamic.options
            if o.failure and o.option.name in named
        ),
        growth=dynamic.growth,
        workload=dynamic.workload,
    )


def _full_size(run: MemoryRun, tensors: int) -> int:
    """One that vectors alone have, as beside factored matrices, is no buffer of the parameters' size."""
    return sum(1 for b in run.buffers if b.like_parameter == b.tensors >= tensors)


def _find(runs: tuple[MemoryRun, ...], dtype: str, implementation: str) -> MemoryRun | None:
    return next(
        (r for r in runs if r.dtype == dtype and r.implementation == implementation and not r.options), None
    )


def _rows(dynamic: DynamicEvidence) -> tuple[RunRow, ...]:
    own = [_row(run, dynamic.runs, is_subject=True) for run in _told_apart(dynamic.runs)]
    others = [_row(run, dynamic.references, is_subject=False) for run in dynamic.references]
    return (*own, *(structs.replace(row, optimizer=beside(row.optimizer, dynamic)) for row in others))


def beside(reference: str, dynamic: DynamicEvidence) -> str:
    """The name of a reference in a table, told apart from a subject of the same name."""
    same = any(run.optimizer.rpartition(":")[2].rpartition(".")[2] == reference for run in dynamic.runs)
    return f"torch.optim's {reference}" if same else reference


def _told_apart(runs: tuple[MemoryRun, ...]) -> tuple[MemoryRun, ...]:
    """Less the paths that an option names, where all of them did the very same work: it chooses nothing."""
    one = [run for run in runs if run.dtype == "float32"]
    same = len({(run.state_bytes, run.first_transient_bytes, _work(run)) for run in one}) == 1
    chosen = {run.implementation for run in one} >= {"for-loop", "foreach"}
    return tuple(run for run in runs if run.implementation == "default") if same and chosen else runs


def path(run: MemoryRun, runs: tuple[MemoryRun, ...]) -> str:
    """The path by name; a default that did the very same work as a named path is said to be it."""
    if run.implementation != "default":
        return run.implementation
    name = taken(run, runs)
    return f"default ({name})" if name else "default"


def taken(run: MemoryRun, runs: tuple[MemoryRun, ...]) -> str | None:
    """The path that a run took: its own, or for a default the one that did the very same work."""
    if run.implementation != "default":
        return run.implementation
    named = {r.implementation for r in runs if r.implementation != "default" and _work(r) == _work(run)}
    if not named and run.optimizer == ADAMW and run.device == "cpu":
        return "for-loop"  # what torch.optim documents for tensors on the CPU
    return named.pop() if len(named) == 1 else None


def _work(run: MemoryRun) -> tuple[int, float]:
    """What tells one implementation from another at any dtype."""
    return run.operations, run.steady_transient_bytes / run.parameter_bytes


def _row(run: MemoryRun, runs: tuple[MemoryRun, ...], *, is_subject: bool) -> RunRow:
    return RunRow(
        optimizer=run.optimizer.rpartition(":")[2].rpartition(".")[2],
        implementation=run.implementation,
        dtype=run.dtype,
        state=run.state_bytes / run.parameter_bytes,
        state_per_parameter=run.state_bytes / run.parameter_bytes * ITEM_SIZE[run.dtype],
        first_transient=run.first_transient_bytes / run.parameter_bytes,
        steady_transient=run.steady_transient_bytes / run.parameter_bytes,
        is_subject=is_subject,
        path=path(run, runs),
    )


def _change(difference: int, run: MemoryRun) -> str:
    """A difference over the parameters' bytes, or in bytes where that would round to nothing."""
    if not difference:
        return "none"
    sign = "+" if difference > 0 else "\N{MINUS SIGN}"
    ratio = abs(difference) / run.parameter_bytes
    return sign + (figures.times(ratio) if ratio >= 0.005 else figures.data_size(abs(difference)))


def _beside(option: OptionRun, combinations: tuple[Combination, ...], default: MemoryRun) -> tuple[str, ...]:
    found = next((each for each in combinations if each.option == option.option), None)
    if found is None:
        return ()
    changes = (_change(found.state_change, default), _change(found.peak_change, default))
    return effects.words(found), *changes


def _option(
    option: OptionRun, default: MemoryRun, adamw: MemoryRun, combinations: tuple[Combination, ...]
) -> OptionRow:
    run = option.run
    assert run is not None
    return OptionRow(
        name=option.option.name,
        value=option.option.value,
        state=run.state_bytes / run.parameter_bytes,
        state_change=_change(run.state_bytes - default.state_bytes, run),
        peak=run.steady_transient_bytes / run.parameter_bytes,
        peak_change=_change(run.steady_transient_bytes - default.steady_transient_bytes, run),
        added=(run.state_bytes - default.state_bytes) / run.parameter_bytes,
        state_over_adamw=run.state_bytes / adamw.state_bytes,
        effect=effects.effect(option, default, combinations),
    )
