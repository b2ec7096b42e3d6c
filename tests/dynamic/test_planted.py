"""Known memory in known places: every case must come out to the byte, under the right key."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.dynamic.conftest import SPECIMENS, evidence_of, failure_of, lone

if TYPE_CHECKING:
    from optreview.evidence.dynamic.client import Runner
    from optreview.records import DynamicEvidence, MemoryRun

PLANTED = SPECIMENS / "planted.py"
#: Parameters and tensors of the workload, counted by hand: 16·3·3·3 + 16 + 320·256 + 320 + 2·320 + 256·320
#: + 288·256 + 224·288.
PARAMETERS, TENSORS = 303_488, 9
BYTES = 4 * PARAMETERS


@cache
def look(runner: Runner, name: str) -> DynamicEvidence:
    """Every specimen is measured once."""
    return evidence_of(runner, lone(PLANTED, name))


def keys(run: MemoryRun) -> dict[str, int]:
    return {b.key: b.bytes for b in run.buffers}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Stateless", {}),
        ("OnSelf", {"hidden:memory": BYTES}),
        ("InClosure", {"hidden:closure of InClosure.start.<locals>.<lambda>: buffer": 4000}),
        ("View", {"window": 4000 * TENSORS}),
        ("Expanded", {"scale": 4 * TENSORS}),
        ("Nested", {"history.pairs": 4 * (5 + 7 + 3) * TENSORS}),
        ("Numbers", {"step": 0}),
        ("InSlots", {"tracker.ema": BYTES}),
        ("OnParameter", {"hidden:parameter.shadow": BYTES}),
        ("SwapsData", {}),
        ("KeepsOldData", {"hidden:old": BYTES}),
        ("FromNumpy", {"hidden:table": 2000}),
        ("KeepsGradients", {"previous": BYTES}),
        ("Cycle", {}),
        ("Late", {"late": BYTES}),
    ],
)
def test_state_is_exact_and_attributed(runner: Runner, name: str, expected: dict[str, int]) -> None:
    run = look(runner, name).runs[0]
    assert run.parameter_bytes == BYTES
    assert keys(run) == expected
    assert run.state_bytes == sum(expected.values())
    assert run.hidden_bytes == sum(v for k, v in expected.items() if k.startswith("hidden:"))
    assert run.declared_bytes == run.state_bytes - run.hidden_bytes


def test_buffers_say_what_they_hold(runner: Runner) -> None:
    (expanded,) = look(runner, "Expanded").runs[0].buffers
    assert (expanded.tensors, expanded.like_parameter, expanded.dtypes) == (TENSORS, TENSORS, ("float32",))
    (counter,) = look(runner, "Numbers").runs[0].buffers
    assert (counter.numbers, counter.tensors) == (TENSORS, 0)


def test_transient_is_two_copies_of_the_largest_tensor(runner: Runner) -> None:
    run = look(runner, "Temporary").runs[0]
    assert run.first_transient_bytes == run.steady_transient_bytes == 2 * 4 * 320 * 256


def test_garbage_in_a_cycle_is_transient(runner: Runner) -> None:
    run = look(runner, "Cycle").runs[0]
    assert run.steady_transient_bytes == BYTES


@pytest.mark.parametrize(
    ("name", "verdict", "settled"),
    [
        ("Stateless", "constant", 1),
        ("Late", "lazy", 5),
        ("Fills", "bounded", 20),
        ("Leaks", "growing", None),
    ],
)
def test_growth(runner: Runner, name: str, verdict: str, settled: int | None) -> None:
    seen = look(runner, name)
    assert seen.growth is not None, seen.failures
    assert (seen.growth.verdict, seen.growth.settled_at) == (verdict, settled)


def test_series_shows_when_state_appears(runner: Runner) -> None:
    assert look(runner, "Late").runs[0].series == (0,) * 4 + (BYTES,) * 8
    assert look(runner, "Leaks").runs[0].series == tuple(40 * step for step in range(1, 13))


@pytest.mark.parametrize(
    ("name", "measurement", "value"),
    [
        ("Stateless", "gradients_preserved", True),
        ("MutatesGradients", "gradients_preserved", False),
        ("Stateless", "no_device_sync", "pass"),
        ("Reads", "no_device_sync", "fail"),
        ("Reads", "host_syncs", TENSORS),
        ("Stateless", "operations_over_adamw", 9 / 90),
        ("Stateless", "state_dict_reloads", "pass"),
        ("NoReload", "state_dict_reloads", "fail"),
        ("Stateless", "learning_rate_schedulable", "pass"),
        ("Stateless", "lr_in_groups", "pass"),
        ("NoRate", "lr_in_groups", "fail"),
        ("NoRate", "learning_rate_schedulable", "fail"),
        ("NoRate", "bf16_runs", False),
        ("OnSelf", "hidden_state_bytes", BYTES),
        ("OnSelf", "state_follows_dtype", 0.5),
        ("View", "state_follows_dtype", 1.0),
    ],
)
def test_measurements(runner: Runner, name: str, measurement: str, value: float) -> None:
    found = {m.id: m for m in look(runner, name).measurements}[measurement]
    assert found.presence == "measured"
    assert found.value == pytest.approx(value, abs=1e-6)


def test_missing_half_precision_is_said_and_nothing_else_is_lost(runner: Runner) -> None:
    evidence = look(runner, "NoRate")
    found = {m.id: m for m in evidence.measurements}
    assert found["bf16_finite"].presence == "not-measured"
    assert "only full precision" in found["bf16_finite"].note
    assert [f.kind for f in evidence.failures] == ["not-driven"]
    assert [(o.name, o.value) for o in evidence.recipe.arguments] == [("momentum", "0.9")]


def test_an_option_that_fails_is_one_failure(runner: Runner) -> None:
    evidence = evidence_of(runner, lone(PLANTED, "NoRate"), broken="True", momentum="0.5")
    broken, momentum = evidence.options
    assert broken.run is None
    assert broken.failure is not None
    assert "ValueError: broken  [31mon purpose at 0x…" in broken.failure.message
    assert momentum.failure is None
    assert momentum.run is not None
    assert momentum.run.trajectory == evidence.runs[0].trajectory


def test_an_option_that_takes_too_many_operations_is_given_up(runner: Runner) -> None:
    (thorough,) = evidence_of(runner, lone(SPECIMENS / "optional.py", "Laborious"), thorough="True").options
    assert thorough.failure is not None
    assert thorough.failure.message == (
        "Running with thorough=True takes so many operations that it was given up."
    )


def test_an_optimizer_that_moves_nothing_is_not_driven(runner: Runner) -> None:
    failure = failure_of(runner, lone(PLANTED, "Motionless"))
    assert failure.kind == "not-driven"
    assert "without changing a single weight" in failure.message
