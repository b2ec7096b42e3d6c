"""How an optimizer suits a job: measurements that the job's model, dtype and current setting have a part in.

All are counts, or answers of probes, taken together; nothing here is a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from optreview.judgement import converting, identity, tiering, wrappers
from optreview.judgement.converting import run_of
from optreview.records import Measurement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optreview.records import Evidence, MemoryRun, UseCase

#: What a learning-rate schedule asks of an optimizer.
_SCHEDULES = (
    "lr_in_groups",
    "learning_rate_schedulable",
    "lr_zero_freezes",
    "one_cycle_schedulable",
    "lr_tensor_like_float",
)
#: A step that calls a closure makes passes of its own, which are not among what it moves.
_CLOSURE = "optimizer.step(closure)"
_PASSES = "what a step moves is counted without the passes that it makes through its closure"
_RELOADS = "state_dict_reloads"
#: What else a checkpoint can lose though the steps after it are the same.
_RESERVATIONS = {
    "state_dict_keeps_dtypes": "the state comes back in another dtype",
    "state_dict_loads_weights_only": "`torch.load` refuses the file with `weights_only=True`, its default",
}


def measurements(
    evidence: Evidence, case: UseCase, probed: Mapping[str, Measurement]
) -> Iterator[Measurement]:
    """All of them; what cannot be said of this evidence is left out, and then not measured."""
    if evidence.dynamic is None:
        return
    yield _carried(evidence, case)
    yield from _state(evidence, case)
    yield from _step(evidence, case)
    yield from _schedules(probed)
    yield from _checkpoint(probed)


def _state(evidence: Evidence, case: UseCase) -> Iterator[Measurement]:
    """State over AdamW's on the job's model: simulated there, by the law of its buffers, or as it was run."""
    model = tiering.model_of(evidence, case)
    own = tiering.own(evidence, case, model) if model else None
    if own is not None and model is not None:
        beside = tiering.adamw_state(case, model)
        how = "simulated" if own.how == "simulated" else "by the bytes of its buffers for each element"
        yield _state_ratio(evidence, case, own.state, beside, f"on {model.title}, {how}")
        return
    run, adamw = _runs(evidence, case)
    if run is not None and adamw is not None:
        note = "on the small model that it was run on, as there is no figure on the job's"
        yield _state_ratio(evidence, case, run.state_bytes, adamw.state_bytes, note)
    else:
        yield _absent("job_state_over_adamw", "ratio", _no_run(case))


def _state_ratio(evidence: Evidence, case: UseCase, own: int, adamw: int, note: str) -> Measurement:
    """A wrapper was run around an optimizer that keeps no state, and is given the job's."""
    if not wrappers.around(evidence):
        return _ratio("job_state_over_adamw", own, adamw, note)
    if case.optimizer.name in converting.CONVERTED_FROM:
        return _ratio(
            "job_state_over_adamw", own + adamw, adamw, f"{note}, with {case.optimizer.name} inside"
        )
    return _ratio("job_state_over_adamw", own, adamw, f"{note}, without that of the optimizer inside")


def _step(evidence: Evidence, case: UseCase) -> Iterator[Measurement]:
    """What training takes in all, and what a step moves, over AdamW's in the job's dtype."""
    run, adamw = _runs(evidence, case)
    if run is None or adamw is None or evidence.dynamic is None:
        yield _absent("job_memory_over_adamw", "ratio", _no_run(case))
        yield _absent("job_traffic_over_adamw", "ratio", _no_run(case))
        return
    if around := wrappers.around(evidence):
        reason = f"it was run around {around}, and not around the job's optimizer"
        yield _absent("job_memory_over_adamw", "ratio", reason)
        yield _absent("job_traffic_over_adamw", "ratio", reason)
        return
    yield _whole(evidence, case, run, adamw)
    if run.cost is None or adamw.cost is None:
        return
    if _CLOSURE in evidence.dynamic.recipe.snippet and run.cost.bytes_moved <= adamw.cost.bytes_moved:
        yield _absent("job_traffic_over_adamw", "ratio", _PASSES)
    else:
        note = f"{case.dtype} parameters, each on its default path on {_place(run)}"
        yield _ratio("job_traffic_over_adamw", run.cost.bytes_moved, adamw.cost.bytes_moved, note)


def _whole(evidence: Evidence, case: UseCase, run: MemoryRun, adamw: MemoryRun) -> Measurement:
    """On the job's model where that was simulated; else on the small one, whose peaks weigh otherwise."""
    name, found = "job_memory_over_adamw", tiering.beside_adamw(evidence, case)
    if found is not None:
        return _ratio(name, found[0].total, found[1].total, f"{case.dtype}, {found[2]}")
    note = f"{case.dtype}, measured on the small model, each on its default path on {_place(run)}"
    return _ratio(name, _total(run), _total(adamw), note)


def _place(run: MemoryRun) -> str:
    return "the CPU" if run.device == "cpu" else run.device.upper()


def _runs(evidence: Evidence, case: UseCase) -> tuple[MemoryRun | None, MemoryRun | None]:
    references = evidence.dynamic.references if evidence.dynamic else ()
    usual = (r for r in references if (r.implementation, r.dtype) == ("default", case.dtype))
    return run_of(evidence, "default", case.dtype), next(usual, None)


def _total(run: MemoryRun) -> int:
    """Parameters, gradients, state and the larger peak."""
    return 2 * run.parameter_bytes + run.state_bytes + run.peak_transient_bytes


def _schedules(probed: Mapping[str, Measurement]) -> Iterator[Measurement]:
    """The share of what schedules ask for that holds."""
    asked = {name: probed[name].value for name in _SCHEDULES if name in probed and _decided(probed[name])}
    if "lr_in_groups" not in asked:
        if main := probed.get("lr_in_groups"):
            yield msgspec.structs.replace(main, id="schedules_followed", value=None, unit="share")
        return
    failing = [probed[name].note for name, value in asked.items() if not _passed(value)]
    share = round(1 - len(failing) / len(asked), 3)
    yield _measured("schedules_followed", share, "share", " ".join(failing))


def _checkpoint(probed: Mapping[str, Measurement]) -> Iterator[Measurement]:
    """Whether a resumed run equals the uninterrupted one, and what else comes back otherwise."""
    main = probed.get(_RELOADS)
    if main is None:
        return
    if not _decided(main):
        yield msgspec.structs.replace(main, id="resumption", value=None, unit="verdict")
        return
    if not _passed(main.value):
        yield _measured("resumption", "differs", "verdict", main.note)
        return
    lost = [told for name, told in _RESERVATIONS.items() if _failed(probed.get(name))]
    yield _measured("resumption", "exact, but" if lost else "exact", "verdict", " and ".join(lost))


def _carried(evidence: Evidence, case: UseCase) -> Measurement:
    """Whether the job's present setting has a published counterpart for this optimizer."""
    if wrappers.around(evidence):
        return _not_asked("setting_carries_over", "verdict", "It is a setting of the optimizer inside.")
    known = identity.adviser(evidence, identity.identify(evidence))
    usual = case.optimizer.name
    if known is None:
        return _measured(
            "setting_carries_over", "unknown", "verdict", "the catalogue has no conversion for it"
        )
    lacking = converting.lacks(known.conversion, converting.signature(evidence))
    if lacking:
        note = f"the known conversion needs `{lacking[0]}`, which it does not have"
        return _measured("setting_carries_over", "none", "verdict", note)
    if known.name == usual:
        return _measured("setting_carries_over", "the same", "verdict", f"{usual} is used today")
    if not converting.converts(known, case, converting.signature(evidence)) or known.conversion.lr is None:
        note = f"the catalogue knows no rule by which a setting of {usual} becomes one of {known.name}"
        return _measured("setting_carries_over", "none", "verdict", note)
    level = "published" if known.conversion.published else "rule of thumb"
    return _measured("setting_carries_over", level, "verdict", known.conversion.source)


def _decided(measurement: Measurement) -> bool:
    return measurement.presence == "measured" and measurement.value in {True, False, "pass", "fail"}


def _passed(value: object) -> bool:
    return value in {True, "pass"}


def _failed(measurement: Measurement | None) -> bool:
    return measurement is not None and _decided(measurement) and not _passed(measurement.value)


def _ratio(name: str, part: int, whole: int, note: str) -> Measurement:
    return _measured(name, round(part / whole, 6), "ratio", note)


def _measured(name: str, value: float | str, unit: str, note: str) -> Measurement:
    return Measurement(id=name, value=value, unit=unit, presence="measured", note=note)


def _no_run(case: UseCase) -> str:
    return f"there is no run in {case.dtype} to compare with AdamW's"


def _absent(name: str, unit: str, note: str) -> Measurement:
    return Measurement(id=name, value=None, unit=unit, presence="not-measured", note=note)


def _not_asked(name: str, unit: str, note: str) -> Measurement:
    return Measurement(id=name, value=None, unit=unit, presence="not-applicable", note=note)
