"""How an optimizer suits a job: measurements that the job's model, dtype and current setting have a part in.

All are counts, or answers of probes, taken together; nothing here is a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement import catalogue, converting, identity, tiering
from optreview.judgement.converting import run_of
from optreview.records import Measurement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optreview.records import Evidence, MemoryRun, UseCase

#: What a learning-rate schedule asks of an optimizer, and what each failure means.
_SCHEDULES = {
    "lr_in_groups": "there is no `lr` that is a number in the parameter groups",
    "learning_rate_schedulable": "a torch scheduler does not act as on torch's own",
    "lr_zero_freezes": "weights move at the rate zero, from which a warm-up starts",
    "one_cycle_schedulable": "`OneCycleLR` does not drive it",
    "lr_tensor_like_float": "a rate that is a tensor gives other weights",
}
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
        yield _ratio("job_state_over_adamw", own.state, beside, f"on {model.title}, {how}")
        return
    run, adamw = _runs(evidence, case)
    if run is not None and adamw is not None:
        note = "on the small model that it was run on, as it was not simulated on the job's"
        yield _ratio("job_state_over_adamw", run.state_bytes, adamw.state_bytes, note)


def _step(evidence: Evidence, case: UseCase) -> Iterator[Measurement]:
    """What training takes in all, and what a step moves, over AdamW's in the job's dtype."""
    run, adamw = _runs(evidence, case)
    if run is None or adamw is None:
        return
    yield _ratio("job_memory_over_adamw", _total(run), _total(adamw), case.dtype)
    if run.cost is not None and adamw.cost is not None:
        yield _ratio("job_traffic_over_adamw", run.cost.bytes_moved, adamw.cost.bytes_moved, case.dtype)


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
        return
    failing = [_SCHEDULES[name] for name, value in asked.items() if not _passed(value)]
    share = round(1 - len(failing) / len(asked), 3)
    yield _measured("schedules_followed", share, "share", "; ".join(failing))


def _checkpoint(probed: Mapping[str, Measurement]) -> Iterator[Measurement]:
    """Whether a resumed run equals the uninterrupted one, and what else comes back otherwise."""
    main = probed.get(_RELOADS)
    if main is None or not _decided(main):
        return
    if not _passed(main.value):
        yield _measured("resumption", "differs", "verdict", main.note)
        return
    lost = [told for name, told in _RESERVATIONS.items() if _failed(probed.get(name))]
    yield _measured("resumption", "exact, but" if lost else "exact", "verdict", " and ".join(lost))


def _carried(evidence: Evidence, case: UseCase) -> Measurement:
    """Whether the job's present setting has a published counterpart for this optimizer."""
    found = identity.identify(evidence)
    known = catalogue.entry(found.entry) if found else None
    usual = case.optimizer.name
    if known is None:
        return _measured("setting_carries_over", "unknown", "verdict", "it is not in the catalogue")
    lacking = converting.lacks(known.conversion, converting.signature(evidence))
    if lacking:
        note = f"the known conversion needs `{lacking[0]}`, which it does not have"
        return _measured("setting_carries_over", "none", "verdict", note)
    if known.name == usual:
        return _measured("setting_carries_over", "the same", "verdict", f"{usual} is used today")
    if not converting.converts(known, case, converting.signature(evidence)) or known.conversion.lr is None:
        note = f"no rule is known by which a setting of {usual} becomes one of {known.name}"
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
