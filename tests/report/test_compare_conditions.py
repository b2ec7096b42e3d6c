"""Figures that were not taken alike are not compared, and what is missing is never a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from msgspec import structs

from optreview import review
from optreview.evidence.dynamic import conformance
from optreview.records import (
    SCHEMA_VERSION,
    BehaviourCard,
    Environment,
    Measurement,
    Response,
    Review,
    TensorShape,
    Workload,
)
from optreview.report.compare.formats import markdown, text
from tests import samples
from tests.report.pairs import beside, every, made, real, row

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


def driven(lr: float | None) -> Review:
    response = (Response(scenario="spike", figure=0.5),)
    card = BehaviourCard(lr=lr, subject=response, adamw=response, sgd=response)
    return made(dynamic=samples.dynamic(behaviour=card))


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


# ---- what is missing is never a number

MISSING = {
    "cost": "answer.figures.moved:default",
    "bfloat16": "answer.figures.bfloat16",
    "probes": "answer.probes.pass",
    "workings": "source.facts.closure_calls",
    "dtypes": "state.totals.float16",
    "behaviour": "behaviour.card.spike",
}


def older() -> Review:
    """A record of the first versions: no costs, no further dtypes, no probes, no card."""
    bare = samples.run("toy:Toy", (samples.buffer("m", 4000),), cost=None)
    return made(dynamic=samples.dynamic(runs=(bare,), measurements=()))


@pytest.mark.parametrize("name", MISSING.values(), ids=MISSING)
def test_what_an_older_record_does_not_hold_is_not_measured(name: str) -> None:
    newer = real("torch/RMSprop")
    there, back = dict(every(beside(older(), newer)))[name], dict(every(beside(newer, older())))[name]
    for missing, present, each in ((there.a, there.b, there), (back.b, back.a, back)):
        assert (missing.presence, missing.value) == ("not-measured", None)
        assert present.presence == "measured"
        assert (each.relation, each.ratio) == ("not-compared", None)


@pytest.mark.parametrize("first", [True, False])
def test_the_figures_of_one_are_shown_where_the_other_was_not_run(first: bool) -> None:
    ran, not_run = real("torch/SGD"), review.assemble(samples.not_run("It needs `nump|y`."))
    found = beside(not_run, ran) if first else beside(ran, not_run)
    page = markdown.render(found)
    assert "**Not run:** It needs `nump|y`." in page
    cells = ["not measured", "11"]
    assert f"| Operations, default (for-loop) | {' | '.join(cells if first else cells[::-1])} |" in page
    for name, each in every(found):
        side = each.a if first else each.b
        if not name.startswith(("source", "answer.scores")):
            assert (side.presence, side.value) == ("not-measured", None), name
    assert not [each for each in found.conditions if each.spoils]


def test_nothing_measured_of_either_leaves_the_source() -> None:
    found = beside(review.assemble(samples.not_run()), review.assemble(samples.not_run()))
    assert [each.id for each in found.sections] == ["source"]
    assert "sparse gradients unmentioned" in text.render(found)


def test_no_state_is_a_figure_and_no_ratio_is_made_of_it() -> None:
    none = made(dynamic=samples.dynamic(runs=(samples.run("toy:Toy", ()),)))
    found = beside(none, made())
    state = row(found, "state", "totals", "float32")
    assert (state.a.value, state.relation, state.ratio) == (0, "less", None)
    buffer = row(found, "state", "buffers", "m")
    assert (buffer.a.value, buffer.b.value) == (0, 4)
    assert "| State per parameter, float32 | none | 4 B | less |" in markdown.render(found)


@pytest.mark.parametrize(("a", "b"), [(5e-324, 1e308), (1e308, 5e-324), (-1.0, 2.0), (0.0, 0.0)])
def test_figures_of_any_size_make_a_ratio_or_none(a: float, b: float) -> None:
    cards = [driven(1.0).evidence.dynamic, driven(1.0).evidence.dynamic]
    sides = []
    for card, figure in zip(cards, (a, b), strict=True):
        assert card is not None
        assert card.behaviour is not None
        told = structs.replace(card.behaviour, subject=(Response(scenario="spike", figure=figure),))
        sides.append(made(dynamic=structs.replace(card, behaviour=told)))
    found = row(beside(*sides), "behaviour", "card", "spike")
    assert found.relation == ("less" if a < b else "more" if a > b else "equal")
    assert found.ratio is None
    assert markdown.render(beside(*sides))
