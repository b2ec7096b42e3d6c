"""What a child says is checked: every false claim below must be noticed, and frames are cut as they came."""

from __future__ import annotations

import struct
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optreview.evidence.dynamic.derive import derive
from optreview.evidence.dynamic.verify import contradiction
from optreview.evidence.dynamic.wire import (
    Announce,
    Combined,
    Driven,
    DtypeRan,
    Finished,
    Frames,
    GarbledError,
    Grown,
    Job,
    OptionRan,
    Probed,
    Problem,
    Ran,
    Reply,
    Traced,
    frame,
    read_reply,
)
from optreview.records import (
    Box,
    BufferMemory,
    Combination,
    DtypeRun,
    DynamicEvidence,
    Environment,
    ExecutedLines,
    Failure,
    Growth,
    KeptState,
    Location,
    Measurement,
    MemoryRun,
    ModelTensor,
    Observation,
    Option,
    OptionRun,
    Position,
    Recipe,
    StepCost,
    Target,
    TensorShape,
    Trace,
    Workload,
)

OPTION = Option(name="amsgrad", value="True")
TARGET = Target(spec="x", path="/x.py", root="/", module="x", package="x", lone=True, class_name="X")
JOB = Job(target=TARGET, options=(OPTION,))
WORKLOAD = Workload(name="w", tensors=(TensorShape(name="p", shape=(5, 2)),))
BUFFERS = (
    BufferMemory(key="hidden:m", bytes=30, tensors=1, dtypes=("float32",), like_parameter=0, scalars=0),
    BufferMemory(key="v", bytes=50, tensors=1, dtypes=("float32",), like_parameter=0, scalars=0),
)
RUN = MemoryRun(
    optimizer="x:X",
    dtype="float32",
    device="cpu",
    implementation="default",
    options=(),
    steps=2,
    parameter_bytes=40,
    state_bytes=80,
    declared_bytes=50,
    hidden_bytes=30,
    buffers=BUFFERS,
    first_transient_bytes=20,
    steady_transient_bytes=10,
    operations=6,
    host_syncs=0,
    series=(0, 80),
    trajectory="0" * 64,
    finite=True,
    moved_at=1,
    gradients_mutated=False,
    cost=StepCost(bytes_read=80, bytes_written=40, full_size=1, full_size_bytes=40),
)
DRIVEN = Driven(
    workload=WORKLOAD, recipe=Recipe(protocol="plain", arguments=(), ordinary_loop=True, snippet="")
)


def run(**changes: Any) -> MemoryRun:
    return msgspec.structs.replace(RUN, **changes)


def cost(**changes: Any) -> StepCost | None:
    return msgspec.structs.replace(RUN.cost, **changes) if RUN.cost else None


def wrong(*replies: Reply) -> bool:
    return contradiction([DRIVEN, *replies], JOB, "cpu") is not None


def probe(
    name: str = "no_device_sync", *, value: bool | str | None = "pass", presence: str = "measured"
) -> Probed:
    measurement = Measurement(id=name, value=value, unit="outcome", presence=presence, note="")  # type: ignore[arg-type]
    return Probed(measurement=measurement)


def test_an_honest_report_holds_together() -> None:
    option = OptionRan(option_run=OptionRun(option=OPTION, run=run(options=(OPTION,))))
    growth = Growth(
        verdict="constant", steps=50, settled_at=1, parameter_bytes=1, state_bytes=1, most_bytes=1
    )
    assert not wrong(Ran(run=RUN), option, Grown(growth=growth), probe(), Announce(phase="importing"))


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "torch.optim:AdamW"},
        {"device": "cuda"},
        {"dtype": "int8"},
        {"dtype": "float16", "parameter_bytes": 20},
        {"parameter_bytes": 44},
        {"state_bytes": 79},
        {"state_bytes": -80},
        {"declared_bytes": 49},
        {"hidden_bytes": 31},
        {"hidden_bytes": 20, "declared_bytes": 60},
        {"buffers": BUFFERS[:1]},
        {"buffers": (BUFFERS[0], msgspec.structs.replace(BUFFERS[1], tensors=-1))},
        {"steps": 3},
        {"steps": 0, "series": ()},
        {"series": (80, 0)},
        {"operations": -1},
        {"first_transient_bytes": -1},
        {"trajectory": "short"},
        {"moved_at": 3},
        {"cost": None},
        {"operations": 0},
        {"cost": cost(bytes_read=-1)},
        {"cost": cost(full_size=41)},
        {"cost": cost(full_size=0)},
    ],
)
def test_false_claims_about_a_run(changes: dict[str, Any]) -> None:
    assert wrong(Ran(run=run(**changes)))


COMBINATION = Combination(option=OPTION, together=(), dtype="bfloat16", changes=False)


def test_a_combination_is_one_of_those_asked_for() -> None:
    assert not wrong(Combined(combination=COMBINATION))
    assert wrong(Combined(combination=COMBINATION), Combined(combination=COMBINATION))
    other = Option(name="other", value="1")
    for changes in ({"option": other}, {"together": (other,)}, {"dtype": "int8"}):
        assert wrong(Combined(combination=msgspec.structs.replace(COMBINATION, **changes)))


HALF = DtypeRun(
    dtype="float16",
    workload="w",
    tensors=(ModelTensor(name="p", shape=(4, 5), dtype="float16"),),
    run=run(dtype="float16"),
)


def test_an_honest_dtype_is_believed() -> None:
    assert not wrong(DtypeRan(dtype_run=HALF))
    refused = msgspec.structs.replace(HALF, run=None, failure=Failure(kind="x", message="No."))
    assert not wrong(DtypeRan(dtype_run=refused))


@pytest.mark.parametrize(
    "changes",
    [
        {"dtype": "float64"},
        {"run": None},
        {"failure": Failure(kind="x", message="No.")},
        {"tensors": ()},
        {"tensors": (ModelTensor(name="p", shape=(4, 5), dtype="float32"),)},
        {"tensors": HALF.tensors * 21},
        {"run": run()},
        {"run": run(dtype="float16", implementation="foreach")},
        {"run": run(dtype="float16", options=(OPTION,))},
        {"run": run(dtype="float16", state_bytes=79)},
        {"run": None, "failure": Failure(kind="x", message="\x1b[2J")},
    ],
)
def test_false_claims_about_a_dtype(changes: dict[str, Any]) -> None:
    assert wrong(DtypeRan(dtype_run=msgspec.structs.replace(HALF, **changes)))
    assert wrong(DtypeRan(dtype_run=HALF), DtypeRan(dtype_run=HALF))


@pytest.mark.parametrize(
    "replies",
    [
        (DRIVEN,),
        (Ran(run=RUN), Ran(run=RUN)),
        (OptionRan(option_run=OptionRun(option=OPTION)),),
        (OptionRan(option_run=OptionRun(option=OPTION, run=RUN)),),
        (OptionRan(option_run=OptionRun(option=Option(name="other", value="1"), run=RUN)),),
        (probe("state_over_adamw"),),
        (probe(), probe()),
        (probe(value=None),),
        (probe(presence="errored"),),
        (Problem(failure=Failure(kind="x", message="\x1b[2J")),),
    ],
)
def test_false_claims_about_the_whole(replies: tuple[Reply, ...]) -> None:
    assert wrong(*replies)


def test_a_run_needs_a_recipe() -> None:
    assert contradiction([Ran(run=RUN)], JOB, "cpu") is not None


@settings(deadline=None)  # a loaded machine takes longer
@given(st.lists(st.sampled_from([Finished(), Ran(run=RUN), Announce(phase="importing")])), st.data())
def test_frames_survive_any_cutting(messages: list[Reply], data: st.DataObject) -> None:
    stream = b"".join(frame(message) for message in messages)
    frames, received = Frames(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        received += [read_reply.decode(payload) for payload in frames.feed(stream[:cut])]
        stream = stream[cut:]
    assert received == messages


def test_a_frame_larger_than_a_mebibyte_is_refused() -> None:
    with pytest.raises(GarbledError):
        list(Frames().feed(struct.pack(">I", (1 << 20) + 1)))


@pytest.mark.parametrize("phase", ["", "a\nb", "x" * 121, "\x1b[0m"])
def test_phases_that_cannot_be_shown_are_refused(phase: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_reply.decode(msgspec.json.encode({"type": "Announce", "phase": phase}))


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


def test_notes_on_the_recipe_are_fit_to_print() -> None:
    for note, fit in (("No weight moves before step 4.", True), ("\x1b[2J", False), ("x" * 5000, False)):
        recipe = msgspec.structs.replace(DRIVEN.recipe, notes=(note,))
        replies: list[Reply] = [msgspec.structs.replace(DRIVEN, recipe=recipe), Ran(run=RUN)]
        assert (contradiction(replies, JOB, "cpu") is None) == fit
