"""Measurements that follow from the runs: ratios of their bytes, and words where there is none."""

from __future__ import annotations

import msgspec

from optreview.evidence.dynamic.derive import derive
from optreview.records import Box, DynamicEvidence, Environment, Measurement, MemoryRun
from tests.dynamic.test_claims import DRIVEN, RUN, WORKLOAD, run


def evidence(*runs: MemoryRun, references: tuple[MemoryRun, ...] = ()) -> DynamicEvidence:
    return DynamicEvidence(
        environment=Environment(python="", torch="", system="", device="cpu"),
        box=Box(active=(), inactive=()),
        workload=WORKLOAD,
        recipe=DRIVEN.recipe,
        runs=runs,
        references=references,
        options=(),
        growth=None,
        failures=(),
        measurements=(),
    )


def derived(source: DynamicEvidence) -> dict[str, Measurement]:
    return {m.id: m for m in derive(source).measurements}


def test_ratios_are_those_of_the_bytes() -> None:
    adamw = run(state_bytes=160, steady_transient_bytes=40, operations=12)
    half = run(dtype="bfloat16", state_bytes=40, parameter_bytes=20)
    found = derived(evidence(RUN, half, references=(adamw,)))
    expected = {
        "state_over_adamw": 0.5,
        "state_bytes_per_parameter": 8.0,
        "state_bytes_per_parameter_bf16": 4.0,
        "state_follows_dtype": 0.5,
        "hidden_state_bytes": 30,
        "first_transient_over_parameters": 0.5,
        "steady_transient_over_parameters": 0.25,
        "steady_transient_over_adamw": 0.25,
        "operations_over_adamw": 0.5,
    }
    assert {name: found[name].value for name in expected} == expected
    assert found["hidden_state_bytes"].note.endswith("m.")


def test_what_is_missing_is_said_and_never_zero() -> None:
    found = derived(evidence(RUN))
    absent = {name for name, m in found.items() if m.presence != "measured"}
    assert {"state_over_adamw", "state_over_adamw_bf16", "state_growth", "no_device_sync"} <= absent
    assert all(found[name].value is None and found[name].note for name in absent)
    assert found["bf16_runs"].value is False


def test_nothing_divided_by_nothing_is_not_applicable() -> None:
    stateless = run(state_bytes=0, declared_bytes=0, hidden_bytes=0, buffers=(), series=(0, 0))
    half = msgspec.structs.replace(stateless, dtype="bfloat16", parameter_bytes=20)
    found = derived(evidence(stateless, half))
    assert found["state_follows_dtype"].presence == "not-applicable"
