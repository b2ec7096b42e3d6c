"""What a child says of single buffers, Python's memory and growth: every false claim must be noticed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from optreview.evidence.dynamic.verify import contradiction
from optreview.evidence.dynamic.wire import Grown, Ran
from optreview.records import Creation, Growth, HostBuffer, Location
from tests.dynamic.test_claims import BUFFERS, DRIVEN, run, wrong
from tests.dynamic.test_derive import derived, evidence
from tests.dynamic.test_trace_claims import ELSEWHERE, PLACE, TRACED

HOST = HostBuffer(path="table", kind="numpy", bytes=4000, items=1)


@pytest.mark.parametrize(
    "changes",
    [
        {"buffers": (BUFFERS[0], msgspec.structs.replace(BUFFERS[1], key="v\n"))},
        {"buffers": (BUFFERS[0], msgspec.structs.replace(BUFFERS[1], key="v" * 300))},
        {"buffers": (msgspec.structs.replace(BUFFERS[0], bytes=15),) * 2 + BUFFERS[1:]},
        {"host": (HOST, HOST)},
        {"kernel_internal_bytes": 0},
        {"host": (msgspec.structs.replace(HOST, bytes=0),)},
        {"host": (msgspec.structs.replace(HOST, bytes=None),)},
        {"host": (msgspec.structs.replace(HOST, bytes=1 << 60),)},
        {"host": (msgspec.structs.replace(HOST, path="\x1b[0m"),)},
        {"host": (msgspec.structs.replace(HOST, kind="numbers"),)},
        {"host": (msgspec.structs.replace(HOST, kind="numbers", bytes=None, items=-1),)},
    ],
)
def test_false_claims_about_what_is_held(changes: dict[str, Any]) -> None:
    assert wrong(Ran(run=run(**changes)))


def test_what_python_holds_may_be_anything_that_fits() -> None:
    numbers = HostBuffer(path="losses", kind="numbers", bytes=None, items=2000)
    assert not wrong(Ran(run=run(host=(HOST, numbers))))


GROWTH = Growth(verdict="bounded", steps=50, settled_at=5, parameter_bytes=8, state_bytes=10, most_bytes=12)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"verdict": "constant", "settled_at": 1, "most_bytes": 10},
        {"verdict": "periodic", "settled_at": None, "period": 4},
        {"verdict": "growing", "settled_at": None, "holders": ("hidden:log",)},
    ],
)
def test_growth_that_holds_together(changes: dict[str, Any]) -> None:
    assert not wrong(Grown(growth=msgspec.structs.replace(GROWTH, **changes)))


@pytest.mark.parametrize(
    "lie",
    [
        {"steps": 0},
        {"steps": 1001},
        {"state_bytes": -1},
        {"most_bytes": 9},
        {"settled_at": 51},
        {"settled_at": 0},
        {"verdict": "constant"},
        {"verdict": "constant", "settled_at": 1},
        {"verdict": "periodic"},
        {"verdict": "periodic", "period": 50},
        {"period": 4},
        {"verdict": "growing"},
        {"verdict": "graph_retained"},
        {"verdict": "python_growth", "holders": ("a\n",)},
        {"verdict": "python_growth", "holders": tuple("abcdef")},
        {"holders": ("a",)},
    ],
)
def test_false_claims_about_growth(lie: dict[str, Any]) -> None:
    assert wrong(Grown(growth=msgspec.structs.replace(GROWTH, **lie)))


def made(*created: Creation) -> Ran:
    return Ran(run=run(buffers=(BUFFERS[0], msgspec.structs.replace(BUFFERS[1], created=created))))


HERE, BELOW = (
    Creation(location=PLACE, bytes=20),
    Creation(location=Location(file="x.py", line=4, column=1), bytes=30),
)


def test_lines_that_can_have_made_a_buffer_are_believed() -> None:
    assert contradiction([DRIVEN, made(HERE, BELOW)], TRACED, "cpu") is None


@pytest.mark.parametrize(
    "created",
    [
        (HERE, msgspec.structs.replace(BELOW, bytes=31)),
        (BELOW, HERE),
        (HERE, HERE),
        (msgspec.structs.replace(HERE, bytes=0),),
        (msgspec.structs.replace(HERE, location=ELSEWHERE),),
    ],
)
def test_lines_that_cannot_have_made_a_buffer_are_noticed(created: tuple[Creation, ...]) -> None:
    assert contradiction([DRIVEN, made(*created)], TRACED, "cpu") is not None


def test_only_what_a_checkpoint_lacks_counts_as_hidden() -> None:
    held = msgspec.structs.replace(BUFFERS[0], key="hidden:param_groups.d")
    found = derived(evidence(run(buffers=(held, BUFFERS[1]))))["hidden_state_bytes"]
    assert found.value == 0
    assert "param_groups, which state_dict saves" in found.note
    assert derived(evidence(run()))["hidden_state_bytes"].value == 30
