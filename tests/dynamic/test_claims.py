"""What a child says is checked: every false claim below must be noticed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from optreview.evidence.dynamic.verify import contradiction
from optreview.evidence.dynamic.wire import (
    Announce,
    Combined,
    Driven,
    DtypeRan,
    Grown,
    Job,
    OptionRan,
    Probed,
    Problem,
    Ran,
    Reply,
)
from optreview.records import (
    BufferMemory,
    Combination,
    DtypeRun,
    Failure,
    Growth,
    Measurement,
    MemoryRun,
    ModelTensor,
    Option,
    OptionRun,
    Recipe,
    StepCost,
    Target,
    TensorShape,
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
    return Probed(measurements=(measurement,))


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
        {"late_operations": (9, 5), "late_moved": (120, 120)},
        {"late_operations": (9, 6), "late_moved": (120,)},
        {"late_operations": (-9, 6), "late_moved": (120, 120)},
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


def test_notes_on_the_recipe_are_fit_to_print() -> None:
    for note, fit in (("No weight moves before step 4.", True), ("\x1b[2J", False), ("x" * 5000, False)):
        recipe = msgspec.structs.replace(DRIVEN.recipe, notes=(note,))
        replies: list[Reply] = [msgspec.structs.replace(DRIVEN, recipe=recipe), Ran(run=RUN)]
        assert (contradiction(replies, JOB, "cpu") is None) == fit
