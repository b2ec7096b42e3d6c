"""Time beside AdamW: itself within a few percent, work planted in a step, and nothing unless asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from optreview.evidence.dynamic.client import Limits
from optreview.evidence.dynamic.clock import Clock, plausible
from optreview.records import Failure, Timing
from tests.dynamic.conftest import SPECIMENS, evidence_of, installed, lone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optreview.evidence.dynamic.client import Runner
    from optreview.records import Target

ADAMW = installed("torch.optim.adamw", "AdamW")


def planted(name: str) -> Target:
    return lone(SPECIMENS / "planted.py", name)


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    with Clock(limits=Limits(wall_seconds=120)) as clock:
        yield clock


def timed(clock: Clock, runner: Runner, target: Target) -> Timing:
    found = clock.time(target, evidence_of(runner, target))
    assert isinstance(found, Timing), found.message
    return found


def test_adamw_takes_the_time_of_adamw(clock: Clock, runner: Runner) -> None:
    found = timed(clock, runner, ADAMW)
    assert 0.96 <= found.ratio <= 1.04
    assert (found.threads, found.implementation) == (1, "for-loop")


def test_work_in_a_step_is_seen_and_work_in_a_closure_is_not(clock: Clock, runner: Runner) -> None:
    """One operation a tensor is a fraction of AdamW's; with a matrix product it is many times that."""
    assert timed(clock, runner, planted("Stateless")).ratio < 0.5
    assert timed(clock, runner, planted("Multiplies")).ratio > 3
    assert timed(clock, runner, planted("WantsClosure")).ratio < 0.5


def test_a_file_anywhere_is_timed(clock: Clock, runner: Runner, tmp_path: Path) -> None:
    """The box has to be told of it: it lies neither among the packages nor in this checkout."""
    for name in ("planted.py", "descent.py"):
        (tmp_path / name).write_bytes((SPECIMENS / name).read_bytes())
    copy = tmp_path / "planted.py"
    assert timed(clock, runner, lone(copy, "Stateless")).ratio < 0.5


def test_nothing_is_timed_unless_asked_for(runner: Runner) -> None:
    evidence = evidence_of(runner, ADAMW)
    assert (evidence.timing, evidence.not_timed) == (None, None)


def test_what_cannot_be_driven_is_not_timed(clock: Clock, runner: Runner) -> None:
    found = clock.time(planted("Motionless"), evidence_of(runner, ADAMW))
    assert isinstance(found, Failure)
    assert "without changing a single weight" in found.message


@pytest.mark.parametrize(
    "changes",
    [{"ratio": 0.0}, {"ratio": float("inf")}, {"rounds": 0}, {"threads": 2}, {"implementation": "fused"}],
)
def test_false_claims_about_time(changes: dict[str, Any]) -> None:
    honest = Timing(workload="w", implementation="foreach", rounds=20, threads=1, ratio=1.0)
    assert plausible(honest, "foreach")
    assert not plausible(msgspec.structs.replace(honest, **changes), "foreach")
