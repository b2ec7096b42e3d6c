"""Two records side by side: each figure is a record's own, and the mirror image says the same."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import jsonschema
import msgspec
import pytest

from optreview import plugins, resources
from optreview.records import Hyperparameter, Review, encode
from optreview.report.compare import SECTIONS
from optreview.report.compare.formats import json as as_json
from optreview.report.compare.formats import markdown, text
from tests import samples
from tests.report.pairs import PAIRS, RECORDS, REVIEWS, beside, every, made, named, real, row, saved

if TYPE_CHECKING:
    from pathlib import Path


def test_figures_are_those_of_the_records() -> None:
    found = beside(real("torch/AdamW"), real("pytorch_optimizer/AdaBelief"))
    raw = [
        json.loads((REVIEWS / f"{n}.json").read_bytes())["evidence"]["dynamic"]
        for n in ("torch/AdamW", "pytorch_optimizer/AdaBelief")
    ]
    runs = [{(r["dtype"], r["implementation"]): r for r in each["runs"]} for each in raw]
    adamw, belief = (each["float32", "foreach"] for each in runs)

    state = row(found, "answer", "figures", "float32")
    expected = [each["float32", "default"]["state_bytes"] / 303_488 for each in runs]
    assert [state.a.value, state.b.value] == pytest.approx(expected)
    assert state.relation == "alike"
    assert state.ratio == pytest.approx(expected[0] / expected[1])

    operations = row(found, "answer", "figures", "operations:foreach")
    assert (operations.a.value, operations.b.value) == (adamw["operations"], belief["operations"])
    assert (operations.relation, operations.ratio) == ("more", adamw["operations"] / belief["operations"])

    moved = row(found, "answer", "figures", "moved:foreach")
    sizes = [each["cost"]["bytes_read"] + each["cost"]["bytes_written"] for each in (adamw, belief)]
    assert moved.relation == "less"
    assert moved.ratio == pytest.approx(sizes[0] / sizes[1])

    total = row(found, "scale", "llama-7b cuda", "total")
    cuda = [next(r for r in each["scale"]["runs"] if r["device"] == "cuda") for each in raw]
    assert [total.a.value, total.b.value] == [
        r["parameter_bytes"]
        + r["gradient_bytes"]
        + r["state_bytes"]
        + max(r["first_transient_bytes"], r["steady_transient_bytes"])
        for r in cuda
    ]


@pytest.mark.parametrize("path", RECORDS, ids=named)
def test_a_record_beside_itself_differs_in_nothing(path: Path) -> None:
    found = beside(saved(path), saved(path))
    assert found.conditions == ()
    for name, each in every(found):
        missing = "measured" not in {each.a.presence, each.b.presence}
        assert each.relation == "equal" or missing or each.why == ("unsettled",), name
        assert each.ratio in {None, 1.0}, name


MIRROR = {"less": "more", "more": "less"}


@pytest.mark.parametrize(("a", "b"), PAIRS, ids=named)
def test_the_other_way_round_is_the_mirror_image(a: Path, b: Path) -> None:
    there, back = beside(saved(a), saved(b)), beside(saved(b), saved(a))
    if a != b:
        assert (there.a, there.b) == (back.b, back.a)
    assert [(c.id, c.a, c.b, c.spoils) for c in there.conditions] == [
        (c.id, c.b, c.a, c.spoils) for c in back.conditions
    ]
    for (name, one), (other_name, other) in zip(every(there), every(back), strict=True):
        assert name == other_name
        assert (one.a, one.b, one.why) == (other.b, other.a, other.why)
        assert one.relation == MIRROR.get(other.relation, other.relation)
        assert (one.ratio is None) == (other.ratio is None)
        if one.ratio and other.ratio:
            assert one.ratio * other.ratio == pytest.approx(1)


@pytest.mark.parametrize(("a", "b"), PAIRS[::7], ids=named)
def test_the_same_records_give_the_same_bytes_in_every_format(a: Path, b: Path) -> None:
    for form in (as_json, markdown, text):
        assert form.render(beside(saved(a), saved(b))) == form.render(beside(saved(a), saved(b)))


def test_the_json_follows_its_schema() -> None:
    schema = json.loads(resources.comparison_schema().read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for a, b in PAIRS[::5]:
        found = json.loads(as_json.render(beside(saved(a), saved(b))))
        assert [error.message for error in validator.iter_errors(found)] == []
    assert not validator.is_valid({})


# ---- what is shown


def test_a_section_is_a_file_and_a_template_of_its_name() -> None:
    folder = resources.templates() / "voices" / "plain" / "comparison"
    assert sorted(path.name.removesuffix(".md.j2") for path in folder.iterdir()) == list(
        plugins.ids(SECTIONS)
    )


def test_a_score_says_how_much_evidence_covers() -> None:
    assert "% covered)" in text.render(beside(real("torch/LBFGS"), real("torch/AdamW")))


def test_the_first_screen_has_the_answer() -> None:
    page = text.render(beside(real("torch/AdamW"), real("pytorch_optimizer/AdaBelief")))
    screen = re.split(r"\nWhat (?:a step computes|they keep)\n", page)[0]
    assert len(screen.splitlines()) <= 32
    for said in (
        "State per parameter, float32",
        "Peak of a step over parameters, foreach      1.00×      2.00×  less, 0.50×",
        "By default AdamW takes its for-loop path and AdaBelief its foreach path.",
        "compiles_as_one_graph",
        "Only AdaBelief passes, AdamW fails: none.",
        "Behaviour: alike in 1 of 12 scenarios; furthest apart: constant gradient of 0.001, 1 and 2.46.",
        "Use case (heuristic)",
        "Novelty (heuristic)",
    ):
        assert said in screen
    assert re.search(r"Operations in a step, foreach +[0-9]+ +[0-9]+  more, [0-9.]+×", screen)


def test_two_classes_of_one_name_are_called_by_what_tells_them_apart() -> None:
    found = beside(real("adabelief_pytorch/AdaBelief"), real("pytorch_optimizer/AdaBelief"))
    assert (found.a.name, found.b.name) == ("adabelief_pytorch", "pytorch_optimizer")
    same = beside(made(), made())
    assert (same.a.name, same.b.name) == ("Toy (first)", "Toy (second)")


def test_the_record_is_all_that_it_needs() -> None:
    again = msgspec.json.decode(encode(real("torch/SGD")), type=Review)
    assert beside(again, real("torch/Adam")) == beside(real("torch/SGD"), real("torch/Adam"))


def test_numbers_in_two_spellings_are_one_default() -> None:
    def having(default: str) -> Review:
        argument = Hyperparameter(name="lr", location=samples.at(5), default=default)
        return made(static=samples.static(hyperparameters=(argument,)))

    for one, other, relation in (
        ("1e-3", "0.001", "equal"),
        ("(0.9, 1)", "(0.9, 1.0)", "equal"),
        ("0", "False", "differs"),
        ("1e-3", "1e-4", "differs"),
        ("required", "None", "differs"),
        ("(" * 300, "9" * 5000, "differs"),
    ):
        assert row(beside(having(one), having(other)), "source", "arguments", "lr").relation == relation
