"""Figures that were not taken alike are shown and not compared, and the first screen says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from msgspec import structs

from optreview import review
from optreview.evidence.dynamic import conformance
from optreview.records import SCHEMA_VERSION, Environment, Measurement, Review, TensorShape, Workload
from optreview.report.compare.formats import markdown
from tests import samples
from tests.report.pairs import beside, driven, every, made, real, row

if TYPE_CHECKING:
    from optreview.records import MemoryRun, Presence

ANSWERS: tuple[tuple[str | None, Presence], ...] = (
    ("pass", "measured"),
    ("fail", "measured"),
    ("differs-by-design", "measured"),
    (None, "not-applicable"),
    (None, "not-measured"),
    (None, "errored"),
)
ASKED = [q.id for q in conformance.catalogue() if q.unit == conformance.OUTCOME][: len(ANSWERS)]


def answering(*answers: tuple[str | None, Presence]) -> Review:
    found = (
        Measurement(id=name, value=value, unit="outcome", presence=presence, note="why")
        for name, (value, presence) in zip(ASKED, answers, strict=True)
    )
    return made(dynamic=samples.dynamic(measurements=tuple(found)))


def test_the_outcomes_of_probes_are_kept_apart() -> None:
    found = beside(answering(*ANSWERS[:1] * len(ANSWERS)), answering(*ANSWERS))
    relations = [row(found, "probes", "probes", name).relation for name in ASKED]
    assert relations == ["equal", "differs", "differs", "differs", "not-compared", "not-compared"]
    page = markdown.render(found)
    assert f"**Only Toy (first) passes, Toy (second) fails:** `{ASKED[1]}`.\n" in page
    assert "**Only Toy (second) passes, Toy (first) fails:** none.\n" in page
    said = ["fails", "differs by design", "not applicable", "not measured", "errored"]
    for name, each in zip(ASKED[1:], said, strict=True):
        assert f"| `{name}` | passes | {each} |" in page
    assert "1 alike: 1 passed by both." in page
    assert "| Probes passed | 6 of 6 | 1 of 3 | more |" in page


def stepped(trajectory: str, **more: Any) -> Review:
    run = samples.run("toy:Toy", (samples.buffer("m", 4000),), trajectory=trajectory * 64, **more)
    return made(dynamic=samples.dynamic(runs=(run,)))


EQUAL = "**Weights after 12 steps:** equal to the bit"


def test_two_that_leave_the_same_weights_did_the_same() -> None:
    found = beside(stepped("a"), stepped("a"))
    assert row(found, "step", "counts", "trajectory").relation == "equal"
    assert EQUAL in markdown.render(found)


@pytest.mark.parametrize(
    ("a", "b", "relation"),
    [
        (stepped("a"), stepped("b"), "differs"),
        (stepped("a"), stepped("a", steps=13), "not-compared"),
        (stepped("a", moved_at=None), stepped("a", moved_at=None), "equal"),
        (stepped("a", finite=False), stepped("a", finite=False), "equal"),
        (stepped("a", finite=False), stepped("a"), "differs"),
    ],
    ids=["others", "more steps", "still", "not finite", "one not finite"],
)
def test_weights_that_tell_nothing_are_not_called_equal(a: Review, b: Review, relation: str) -> None:
    found = beside(a, b)
    assert row(found, "step", "counts", "trajectory").relation == relation
    assert EQUAL not in markdown.render(found)


# ---- what cannot be compared

STATE = ("state.buffers.m", "state.totals.float32", "answer.figures.float32")
STEP = ("step.peaks.steady:float32:default", "step.counts.operations:default", "answer.figures.peak")
PROBES = ("probes.probes.lr_in_groups", "answer.probes.pass")
SOURCE = ("source.facts.sparse", "source.arguments.lr")
SCORES = ("answer.scores.memory", "answer.scores.use_case")


def elsewhere(**more: str) -> Review:
    usual = {"python": "3.11", "torch": "2.13.0", "system": "Linux", "device": "cpu"}
    return made(dynamic=samples.dynamic(environment=Environment(**{**usual, **more})))


def given(name: str, tensors: int, left_out: int = 0) -> Review:
    shapes = tuple(TensorShape(name=f"t{n}", shape=(30, 30)) for n in range(tensors + left_out))
    model = Workload(name=name, tensors=shapes[:tensors], omitted=shapes[tensors:])
    return made(dynamic=samples.dynamic(workload=model))


def scored(version: str) -> Review:
    found = made()
    return structs.replace(found, judged=structs.replace(found.judged, rubric_version=version))


@pytest.mark.parametrize(
    ("a", "b", "condition", "lost", "kept", "sentence"),
    [
        (
            elsewhere(),
            elsewhere(device="cuda"),
            "device",
            (*STATE, *STEP, *PROBES),
            SOURCE,
            "state, what a step takes and probes, since Toy (first) ran on CPU and Toy (second) on CUDA.",
        ),
        (
            elsewhere(torch="2.12.1"),
            elsewhere(),
            "torch",
            (*STEP, *PROBES),
            (*STATE, *SOURCE),
            "peaks on large models and probes, since Toy (first) ran with torch 2.12.1 and Toy (second) with",
        ),
        (
            given("small", 2),
            given("large", 2),
            "workload",
            (*STATE, *STEP),
            (*PROBES, *SOURCE),
            "since Toy (first) ran on the model `small` and Toy (second) on `large`.",
        ),
        (
            given("small", 9),
            given("small", 4, left_out=5),
            "tensors",
            (*STATE, *STEP),
            (*PROBES, *SOURCE),
            "since Toy (first) was given 9 of 9 tensors and Toy (second) 4 of 9 tensors.",
        ),
        (
            driven(0.1),
            driven(None),
            "lr",
            ("behaviour.card.spike",),
            (*STATE, *STEP, *PROBES),
            "since the groups of Toy (first) have an lr and those of Toy (second) no lr.",
        ),
        (
            scored("1"),
            scored("2"),
            "rubric",
            SCORES,
            (*STATE, *STEP, *PROBES),
            "since they follow two rubrics, 1 for multimodal",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) and each.isalpha() else "",
)
def test_figures_that_were_taken_otherwise_are_shown_and_not_compared(  # noqa: PLR0917
    a: Review, b: Review, condition: str, lost: tuple[str, ...], kept: tuple[str, ...], sentence: str
) -> None:
    found = beside(a, b)
    assert [each.id for each in found.conditions] == [condition]
    rows = dict(every(found))
    for name in lost:
        assert (rows[name].relation, rows[name].ratio, rows[name].why) == ("not-compared", None, (condition,))
        assert "measured" in {rows[name].a.presence, rows[name].b.presence}
    for name in kept:
        assert rows[name].relation == "equal", name
        assert rows[name].why == ()
    page = markdown.render(found).replace("\\_", "_")
    assert sentence in page
    assert "not compared" in page


@pytest.mark.parametrize(
    ("other", "why", "sentence"),
    [
        ("torch/Muon", "model", "since they were not given the same tensors of it."),
        ("torch/LBFGS", "unsettled", "since the memory of one was not at rest after the steps"),
    ],
)
def test_a_model_is_compared_where_both_were_given_it_and_came_to_rest(
    other: str, why: str, sentence: str
) -> None:
    found = beside(real("torch/AdamW"), real(other))
    for device in ("cpu", "cuda"):
        state = row(found, "scale", f"llama-7b {device}", "state")
        assert (state.relation, state.ratio, state.why) == ("not-compared", None, (why,))
        assert {state.a.presence, state.b.presence} == {"measured"}
    assert sentence in markdown.render(found)


def test_a_large_model_is_compared_whatever_small_one_they_ran_on() -> None:
    adam = real("torch/Adam").evidence
    assert adam.dynamic is not None
    small = structs.replace(adam.dynamic, workload=structs.replace(adam.dynamic.workload, name="small"))
    other = review.assemble(real("torch/AdamW").evidence)
    found = beside(review.assemble(structs.replace(adam, dynamic=small)), other)
    assert [each.id for each in found.conditions if each.spoils] == ["workload"]
    assert row(found, "state", "totals", "float32").relation == "not-compared"
    assert row(found, "scale", "llama-7b cuda", "total").relation == "equal"


def test_each_is_told_over_its_own_adamw_where_the_two_did_not_run_alike() -> None:
    found = beside(real("torch/Muon"), real("torch/AdamW"))
    state = row(found, "answer", "figures", "state_over_adamw")
    assert [state.a.value, state.b.value] == pytest.approx([0.5, 1.0], rel=1e-3)
    assert (state.relation, state.ratio, state.why) == ("not-compared", None, ("tensors",))
    alike = dict(every(beside(real("torch/Adam"), real("torch/AdamW"))))
    assert "answer.figures.state_over_adamw" not in alike


def test_without_a_model_in_both_there_is_nothing_at_scale() -> None:
    assert "scale" not in {each.id for each in beside(made(), real("torch/AdamW")).sections}


def test_counts_of_other_probes_are_not_compared() -> None:
    fewer = made(dynamic=samples.dynamic(measurements=(samples.measured("lr_in_groups", "pass", "outcome"),)))
    found = beside(made(), fewer)
    assert [(each.id, each.a, each.b, each.spoils) for each in found.conditions] == [
        ("asked", "3 probes", "1 probe", ())
    ]
    rows = dict(every(found))
    assert (rows["answer.probes.pass"].relation, rows["answer.probes.pass"].why) == (
        "not-compared",
        ("asked",),
    )
    assert rows["probes.probes.lr_in_groups"].relation == "equal"
    assert "was asked 3 probes and Toy (second) 1 probe, so that" in markdown.render(found)


def test_what_spoils_nothing_is_said_all_the_same() -> None:
    older = structs.replace(elsewhere(python="3.12", system="Darwin"), schema_version="1.1.0")
    found = beside(older, made())
    assert [(each.id, each.spoils) for each in found.conditions] == [
        ("python", ()),
        ("system", ()),
        ("schema", ()),
    ]
    page = markdown.render(found)
    assert f"the record of Toy (first) has schema 1.1.0, that of Toy (second) {SCHEMA_VERSION}; what" in page
    assert not [name for name, each in every(found) if each.why]


def test_the_same_conditions_are_no_conditions() -> None:
    found = beside(elsewhere(), elsewhere())
    assert found.conditions == ()
    assert not [name for name, each in every(found) if each.why]
    assert "**Not compared:**" not in markdown.render(found)


def test_a_step_on_another_path_is_compared_where_both_took_the_same() -> None:
    def own(path: Literal["foreach", "for-loop"], operations: int) -> tuple[MemoryRun, ...]:
        other: Literal["foreach", "for-loop"] = "for-loop" if path == "foreach" else "foreach"
        held = (samples.buffer("m", 4000),)
        return (
            samples.run("toy:Toy", held, operations=operations),
            samples.run("toy:Toy", held, operations=operations, implementation=path),
            samples.run("toy:Toy", held, operations=operations + 7, implementation=other),
        )

    a, b = (made(dynamic=samples.dynamic(runs=own(*each))) for each in (("foreach", 10), ("for-loop", 40)))
    found = beside(a, b)
    operations = row(found, "answer", "figures", "operations:foreach")
    assert (operations.a.value, operations.b.value) == (10, 47)
    assert "takes its foreach path and Toy (second) its for-loop path" in markdown.render(found)
