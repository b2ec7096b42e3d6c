"""What a record does not hold is never a number, and no ratio is made of what there is none of."""

from __future__ import annotations

import pytest
from msgspec import structs

from optreview import review
from optreview.records import HostBuffer, Response, Review
from optreview.report.compare.formats import markdown, text
from tests import samples
from tests.report.pairs import beside, driven, every, made, real, row

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


def test_an_answer_to_an_earlier_question_is_not_one_to_today_s() -> None:
    before = made(dynamic=samples.dynamic(measurements=(samples.measured("lr_in_groups", True, "bool"),)))
    found = row(beside(before, made()), "probes", "probes", "lr_in_groups")
    assert (found.a.presence, found.a.value, found.relation) == ("not-measured", None, "not-compared")
    assert "answer.probes.pass" in dict(every(beside(before, made())))


@pytest.mark.parametrize("first", [True, False])
def test_the_figures_of_one_are_shown_where_the_other_was_not_run(first: bool) -> None:
    ran, not_run = real("torch/SGD"), review.assemble(samples.not_run("It needs `nump|y`."))
    found = beside(not_run, ran) if first else beside(ran, not_run)
    page = markdown.render(found)
    assert "**Not run:** It needs `nump|y`." in page
    cells = ["not measured", "9"]
    assert (
        f"| Operations in a step, default (for-loop) | {' | '.join(cells if first else cells[::-1])} |"
        in page
    )
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


def test_what_few_have_is_on_the_first_screen() -> None:
    held = (
        HostBuffer(path="buf", kind="numpy", bytes=4096, items=1),
        HostBuffer(path="n", kind="numbers", bytes=None, items=3),
    )
    keeping = (
        samples.run("toy:Toy", (samples.buffer("m", 4000),), host=held),
        samples.run("toy:Toy", (samples.buffer("m", 4000),), host=held[1:]),
    )
    verdicts = ("growing", "constant")
    first, second = (
        made(
            dynamic=samples.dynamic(
                runs=(run,), measurements=(samples.measured("state_growth", said, "verdict"),)
            )
        )
        for run, said in zip(keeping, verdicts, strict=True)
    )
    screen = markdown.render(beside(first, second)).partition("\n## ")[0]
    assert "| Kept beside tensors, in no figure of state | 4.00 KiB | not measured | not compared |" in screen
    assert "| State over many steps | growing | constant | different |" in screen
    usual = markdown.render(beside(made(), made())).partition("\n## ")[0]
    assert "beside tensors" not in usual
    assert "over many steps" not in usual


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
