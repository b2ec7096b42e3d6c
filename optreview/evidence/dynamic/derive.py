"""From measured bytes to named facts: pure arithmetic, and the reason wherever there is no figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from optreview.evidence.dynamic import conformance
from optreview.records import Measurement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.records import DynamicEvidence, MemoryRun, StepCost


def derive(evidence: DynamicEvidence) -> DynamicEvidence:
    """The same evidence with every measurement that can be computed from it, sorted by id."""
    found = {m.id: m for m in evidence.measurements}
    for question in conformance.catalogue():
        found.setdefault(question.id, _absent(question.id, question.unit, "The probe was not reached."))
    found.update({m.id: m for m in _measurements(_Figures(evidence))})
    return msgspec.structs.replace(evidence, measurements=tuple(found[each] for each in sorted(found)))


class _Figures:
    """The runs that the arithmetic needs, by what they are."""

    def __init__(self, evidence: DynamicEvidence) -> None:
        self.evidence = evidence
        self.float32 = _run(evidence.runs, "float32")
        self.bfloat16 = _run(evidence.runs, "bfloat16")
        self.adamw = _run(evidence.references, "float32")
        self.adamw_bfloat16 = _run(evidence.references, "bfloat16")

    @property
    def no_bfloat16(self) -> str:
        """Why there is no bfloat16 run."""
        told = [f.message for f in self.evidence.failures if "bfloat16" in f.message]
        return told[0] if told else "There is no bfloat16 run."


def _of(run: MemoryRun | None, figure: str) -> int | None:
    return None if run is None else int(getattr(run, figure))


def _parameters(run: MemoryRun | None, element: int) -> int | None:
    return None if run is None else run.parameter_bytes // element


def _run(runs: tuple[MemoryRun, ...], dtype: str, implementation: str = "default") -> MemoryRun | None:
    return next((r for r in runs if r.dtype == dtype and r.implementation == implementation), None)


def _measurements(figures: _Figures) -> Iterator[Measurement]:
    yield from _state(figures)
    yield from _transient(figures)
    yield from _cost(figures)
    yield from _behaviour(figures)


def _state(figures: _Figures) -> Iterator[Measurement]:
    yield _ratio(
        "state_over_adamw",
        _of(figures.float32, "state_bytes"),
        _of(figures.adamw, "state_bytes"),
        "State bytes over those of torch.optim.AdamW on the same tensors, both float32.",
    )
    yield _ratio(
        "state_over_adamw_bf16",
        _of(figures.bfloat16, "state_bytes"),
        _of(figures.adamw_bfloat16, "state_bytes"),
        "State bytes over those of torch.optim.AdamW on the same tensors, both bfloat16.",
        missing=figures.no_bfloat16,
    )
    for suffix, run in (("", figures.float32), ("_bf16", figures.bfloat16)):
        element = 2 if suffix else 4
        yield _ratio(
            f"state_bytes_per_parameter{suffix}",
            _of(run, "state_bytes"),
            _parameters(run, element),
            f"Bytes of state for every {'bfloat16' if suffix else 'float32'} parameter.",
            unit="bytes",
            missing=figures.no_bfloat16 if suffix else "",
        )
    yield _ratio(
        "state_follows_dtype",
        _of(figures.bfloat16, "state_bytes"),
        _of(figures.float32, "state_bytes"),
        "State bytes with bfloat16 parameters over those with float32 ones; 0.5: state follows them.",
        missing=figures.no_bfloat16,
    )
    run = figures.float32
    if run is not None:
        yield _hidden(run)


def _hidden(run: MemoryRun) -> Measurement:
    """What ``state_dict`` does not save: it saves ``param_groups``, whatever they hold."""
    hidden = [b for b in run.buffers if b.key.startswith("hidden:")]
    lost = [b for b in hidden if not b.key.startswith("hidden:param_groups")]
    note = "All state is in optimizer.state."
    if lost:
        note = f"Held outside optimizer.state: {', '.join(b.key.removeprefix('hidden:') for b in lost)}."
    elif hidden:
        note = "All state is in optimizer.state, or in param_groups, which state_dict saves as well."
    return _measured("hidden_state_bytes", sum(b.bytes for b in lost), "bytes", note)


def _transient(figures: _Figures) -> Iterator[Measurement]:
    run = figures.float32
    for which in ("first", "steady"):
        yield _ratio(
            f"{which}_transient_over_parameters",
            _of(run, f"{which}_transient_bytes"),
            _of(run, "parameter_bytes"),
            f"Peak of temporary bytes in the {'first' if which == 'first' else 'last'} step "
            "over the parameters', float32, default implementation.",
        )
    implementation = path_taken(figures.evidence)
    beside = _reference(figures, implementation)
    yield _ratio(
        "steady_transient_over_adamw",
        _of(run, "steady_transient_bytes"),
        _of(beside, "steady_transient_bytes"),
        f"Temporary bytes of a steady step over AdamW's in the same implementation ({implementation}).",
    )


def _reference(figures: _Figures, implementation: str) -> MemoryRun | None:
    """AdamW in an implementation; on the CPU its default is the for-loop."""
    beside = _run(figures.evidence.references, "float32", implementation)
    if beside is None and implementation == "for-loop" and figures.evidence.environment.device == "cpu":
        return figures.adamw
    return beside


def path_taken(evidence: DynamicEvidence) -> Literal["for-loop", "foreach"]:
    """What the default turned out to be, by what it cost: a constructor may decide for itself."""
    default = _run(evidence.runs, "float32")
    paths: tuple[Literal["for-loop", "foreach"], ...] = ("for-loop", "foreach")
    for implementation in paths:
        run = _run(evidence.runs, "float32", implementation)
        if run is not None and default is not None and _cost_of(run) == _cost_of(default):
            return implementation
    return "for-loop"


def _cost_of(run: MemoryRun) -> tuple[int, int]:
    return run.operations, run.steady_transient_bytes


def _cost(figures: _Figures) -> Iterator[Measurement]:
    implementation = path_taken(figures.evidence)
    beside = _reference(figures, implementation)
    run = figures.float32
    yield _ratio(
        "operations_over_adamw",
        _of(run, "operations"),
        _of(beside, "operations"),
        f"aten operations of a steady step over AdamW's in the same implementation ({implementation})."
        + _now_and_then(run),
    )
    yield from _moved(run, beside, implementation)
    if run is not None:
        note = "Reads from tensor to Python in a steady step, those of step counters on the CPU included."
        yield _measured("host_syncs", run.host_syncs, "reads", note)


def _moved(run: MemoryRun | None, beside: MemoryRun | None, implementation: str) -> Iterator[Measurement]:
    own, other = _cost_in(run), _cost_in(beside)
    yield _ratio(
        "bytes_moved_over_parameters",
        own.bytes_moved if own else None,
        _of(run, "parameter_bytes"),
        "Bytes that the operations of a steady step read and write over the parameters', float32.",
    )
    yield _ratio(
        "bytes_moved_over_adamw",
        own.bytes_moved if own else None,
        other.bytes_moved if other else None,
        f"Bytes that a steady step moves over AdamW's in the same implementation ({implementation})."
        + _now_and_then(run),
    )
    yield _ratio(
        "full_size_over_adamw",
        own.full_size_bytes if own else None,
        other.full_size_bytes if other else None,
        f"Bytes of new full-size tensors in a steady step over AdamW's ({implementation})."
        + _now_and_then(run),
    )


def _now_and_then(run: MemoryRun | None) -> str:
    return (
        " Its late steps are not alike: this is the last." if run is not None and run.late_operations else ""
    )


def _cost_in(run: MemoryRun | None) -> StepCost | None:
    return None if run is None else run.cost


def _behaviour(figures: _Figures) -> Iterator[Measurement]:
    evidence, run, half = figures.evidence, figures.float32, figures.bfloat16
    omitted = ", ".join(f"{t.name} {_shape(t.shape)}" for t in evidence.workload.omitted)
    yield _measured(
        "accepts_every_shape",
        not omitted,
        "bool",
        f"Refused: {omitted}." if omitted else "Took 1-D, 2-D and 4-D tensors.",
    )
    arguments = ", ".join(f"{o.name}={o.value}" for o in evidence.recipe.arguments)
    yield _measured(
        "plain_protocol",
        evidence.recipe.ordinary_loop,
        "bool",
        f"Driven by the {evidence.recipe.protocol} protocol" + (f" with {arguments}." if arguments else "."),
    )
    if half is None:
        presence_note = figures.no_bfloat16
        yield _measured("bf16_runs", value=False, unit="bool", note=presence_note)
        yield _absent("bf16_finite", "bool", presence_note)
    else:
        yield _measured("bf16_runs", True, "bool", f"{half.steps} steps on bfloat16 parameters.")
        yield _measured("bf16_finite", half.finite, "bool", f"All weights finite after {half.steps} steps.")
    if run is not None:
        note = f"Gradients were compared before and after each of {run.steps} steps."
        yield _measured("gradients_preserved", not run.gradients_mutated, "bool", note)
    yield _growth(evidence)


def _growth(evidence: DynamicEvidence) -> Measurement:
    growth = evidence.growth
    if growth is None:
        return _absent("state_growth", "verdict", "Growth was not measured.")
    settled = f", settled after step {growth.settled_at}" if growth.settled_at is not None else ""
    where = (
        f": {', '.join(each.removeprefix('hidden:') for each in growth.holders)}" if growth.holders else ""
    )
    note = f"Over {growth.steps} steps{settled}{where}."
    return _measured("state_growth", growth.verdict, "verdict", note)


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(str(size) for size in shape) or "scalar"


def _measured(id: str, value: float | bool | str, unit: str, note: str) -> Measurement:  # noqa: A002
    return Measurement(id=id, value=value, unit=unit, presence="measured", note=note)


def _absent(id: str, unit: str, note: str) -> Measurement:  # noqa: A002
    return Measurement(id=id, value=None, unit=unit, presence="not-measured", note=note)


def _ratio(  # noqa: PLR0913
    id: str,  # noqa: A002
    part: int | None,
    whole: int | None,
    note: str,
    *,
    unit: str = "ratio",
    missing: str = "",
) -> Measurement:
    if part is None or whole is None:
        return _absent(id, unit, missing or "A run that the comparison needs is missing.")
    if whole == 0:
        return Measurement(
            id=id, value=None, unit=unit, presence="not-applicable", note="There is nothing to divide by."
        )
    return _measured(id, round(part / whole, 6), unit, note)
