"""What a child says of lines is checked: traces, and what probes saw at a line."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from optreview.evidence.dynamic.verify import contradiction
from optreview.evidence.dynamic.wire import Traced
from optreview.records import ExecutedLines, KeptState, Location, Observation, Position, Trace
from tests.dynamic.test_claims import JOB, OPTION, probe

ELSEWHERE = Location(file="y.py", line=1, column=1)
PLACE = Location(file="x.py", line=3, column=5)
TRACE = Trace(
    options=(),
    steps=2,
    observations=(
        Observation(kind="in-place", location=PLACE, end=Position(line=3, column=9), role="parameter"),
    ),
    state=(KeptState(key="v", kinds=("full-size",), created=PLACE),),
    executed=(ExecutedLines(file="x.py", lines="1-3, 7"),),
    gradients_mutated=False,
)
TRACED = msgspec.structs.replace(JOB, files=("x.py",))


def test_an_honest_trace_is_believed() -> None:
    assert contradiction([Traced(trace=TRACE)], TRACED, "cpu") is None


@pytest.mark.parametrize(
    "lie",
    [
        {"options": (OPTION,)},
        {"steps": 0},
        {"state": (KeptState(key="v\n", kinds=()),)},
        {"state": (KeptState(key="v", kinds=(), created=ELSEWHERE),)},
        {
            "observations": (
                msgspec.structs.replace(
                    TRACE.observations[0], location=Location(file="y.py", line=1, column=1)
                ),
            )
        },
        {"executed": (ExecutedLines(file="y.py", lines="1"),)},
        {"executed": (ExecutedLines(file="x.py", lines="1-99999999999999"),)},
        {"executed": (ExecutedLines(file="x.py", lines="9-1"),)},
    ],
)
def test_a_false_trace_is_noticed(lie: dict[str, Any]) -> None:
    assert contradiction([Traced(trace=msgspec.structs.replace(TRACE, **lie))], TRACED, "cpu") is not None


def test_a_trace_that_nobody_asked_for_is_noticed() -> None:
    assert contradiction([Traced(trace=TRACE)], JOB, "cpu") is not None


def test_a_probe_saw_something_in_one_of_the_files() -> None:
    for place, lies in ((PLACE, False), (ELSEWHERE, True), (Location(file="x.py", line=0, column=1), True)):
        answer = msgspec.structs.replace(probe().measurements[0], locations=(place,))
        reply = msgspec.structs.replace(probe(), measurements=(answer,))
        assert (contradiction([reply], TRACED, "cpu") is not None) == lies
