"""The ledger: every measurement of a review by id, with an honest entry for what is absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from optreview.judgement import derived, novelty, protocols, suiting, usecase, wrappers
from optreview.records import Measurement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.records import Evidence, UseCase

#: A criterion reads the number of a rule's hits under this prefix.
RULE_PREFIX = "rule:"
#: What one step takes, over what AdamW's takes on dense gradients.
_STEP_OVER_ADAMW = frozenset(
    {
        "bytes_moved_over_adamw",
        "full_size_over_adamw",
        "job_memory_over_adamw",
        "job_traffic_over_adamw",
        "operations_over_adamw",
        "steady_transient_over_adamw",
    }
)
#: Ways of driving that give sparse gradients, as dense ones are refused.
_SPARSE = frozenset({"sparse_only", "sparse_rows"})
#: What a run with sparse gradients comes to where nothing went wrong.
_SPARSE_DONE = frozenset({"handled", "rejected"})


def open_ledger(evidence: Evidence, case: UseCase | None = None) -> dict[str, Measurement]:
    """Collect the measurements of both halves, what they say of a job, and the hits of each rule that ran."""
    dynamic = evidence.dynamic.measurements if evidence.dynamic else ()
    suited = suiting.measurements(evidence, case or usecase.load(), {each.id: each for each in dynamic})
    entries = (
        *(_read(each, evidence) for each in evidence.static.measurements),
        *(_run(each, evidence) for each in dynamic),
        *derived.measurements(evidence),
        *novelty.measurements(evidence),
        *(_compared(each, evidence) for each in suited),
        *_hits(evidence),
        *derived.inapplicable(evidence),
    )
    return {entry.id: entry for entry in entries}


def _read(measurement: Measurement, evidence: Evidence) -> Measurement:
    """A reading of the source, unless the run knows better or it is for another optimizer to decide."""
    if measurement.id == "foreach_path" and measurement.value is False and _sparse_alone(evidence):
        note = "It takes sparse gradients alone, for which `torch._foreach_*` has no kernels."
        return _inapplicable(measurement, note)
    if measurement.id != "sparse_handling":
        return wrappers.own_path(measurement, evidence)
    dynamic = evidence.dynamic.measurements if evidence.dynamic else ()
    tried = next((m for m in dynamic if m.id == "sparse_gradients" and m.value is not None), None)
    silent = measurement.value == "unmentioned"
    if tried is None or tried.value == measurement.value or (silent and tried.value not in _SPARSE_DONE):
        return measurement
    return msgspec.structs.replace(tried, id=measurement.id)


def _run(measurement: Measurement, evidence: Evidence) -> Measurement:
    """What was measured, as far as it is asked of such a class."""
    told = protocols.told(measurement, evidence)
    return wrappers.own_gradients(_compared(told, evidence), evidence)


def _compared(measurement: Measurement, evidence: Evidence) -> Measurement:
    """A step's cost over AdamW's, unless it was given sparse gradients, which are other work."""
    if measurement.id not in _STEP_OVER_ADAMW or not _sparse_alone(evidence):
        return measurement
    note = "It takes sparse gradients alone, and AdamW's step on dense ones is no measure for it."
    return _inapplicable(measurement, note)


def _sparse_alone(evidence: Evidence) -> bool:
    return bool(_SPARSE.intersection(evidence.dynamic.recipe.protocols if evidence.dynamic else ()))


def _inapplicable(measurement: Measurement, note: str) -> Measurement:
    return Measurement(
        id=measurement.id, value=None, unit=measurement.unit, presence="not-applicable", note=note
    )


def look_up(ledger: dict[str, Measurement], measurement_id: str, evidence: Evidence) -> Measurement:
    """The measurement, or an entry that says why there is none."""
    if measurement_id in ledger:
        return ledger[measurement_id]
    if measurement_id.startswith(RULE_PREFIX):
        together = [ledger.get(RULE_PREFIX + rule) for rule in measurement_id[len(RULE_PREFIX) :].split("+")]
        if all(together):
            return _sum(measurement_id, [each for each in together if each])
    reason = evidence.not_run.message if evidence.not_run else "not measured by this version"
    return Measurement(id=measurement_id, value=None, unit="", presence="not-measured", note=reason)


def _sum(measurement_id: str, hits: Sequence[Measurement]) -> Measurement:
    """Several rules as one."""
    return Measurement(
        id=measurement_id,
        value=sum(each.value for each in hits if isinstance(each.value, int)),
        unit="hits",
        presence="measured",
        note="; ".join(each.note for each in hits if each.note),
        locations=tuple(sorted({place for each in hits for place in each.locations})),
    )


def _hits(evidence: Evidence) -> list[Measurement]:
    """Every rule with its findings, less those that the run refutes: the line ran, and it did not happen."""
    hits = []
    settled = evidence.joined.confirmations if evidence.joined else ()
    refuted = {(c.rule, c.location) for c in settled if c.verdict == "not-seen"}
    standing = [f for f in evidence.static.findings if (f.rule, f.location) not in refuted]
    for rule in evidence.static.rules:
        locations = tuple(sorted({f.location for f in standing if f.rule == rule}))
        note = "; ".join(dict.fromkeys(f.message.rstrip(".") for f in standing if f.rule == rule))
        hits.append(
            Measurement(
                id=RULE_PREFIX + rule,
                value=len(locations),
                unit="hits",
                presence="measured",
                note=note,
                locations=locations,
            )
        )
    return hits
