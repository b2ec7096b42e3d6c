"""The frozen calibration: what its command makes of the committed figures, and what a place in it means."""

from __future__ import annotations

import statistics
from pathlib import Path

import msgspec
import pytest

from benchmarks.calibration import __main__ as command
from benchmarks.calibration import figures, report, tables
from optreview import resources
from optreview.errors import InputError
from optreview.judgement import calibration, criteria, rubric, usecase, verdict
from optreview.judgement.calibration import Scores
from optreview.report import store

REVIEWS = Path(__file__).parents[2] / "reviews"


@pytest.fixture(scope="module")
def rows():
    return figures.read(command.FIGURES)


@pytest.fixture(scope="module")
def made(rows):
    return tables.calibrated(rows)


def test_the_files_are_what_the_command_makes_of_the_figures(rows, made, tmp_path):
    assert (resources.rubrics() / "calibration.json").read_bytes() == tables.encode(made[0])
    figures.write(tmp_path / "again.tsv", rows)
    assert (tmp_path / "again.tsv").read_bytes() == command.FIGURES.read_bytes()
    assert command.FIGURES.stat().st_size < 100_000


def test_it_is_of_this_rubric_and_of_six_packages_and_more():
    frozen = calibration.load()
    assert frozen.rubric_version == rubric.load().version
    assert {"torch", "pytorch_optimizer", "torch_optimizer"} < {each.name for each in frozen.packages}
    assert len(frozen.packages) >= 6
    assert set(frozen.criteria) == {each.id for each in rubric.load().criteria}


def test_a_place_is_the_share_that_scores_less(made):
    frozen, judged = made
    for dimension, table in frozen.dimensions.items():
        values = [each.value(dimension) for each in judged if each.value(dimension) is not None]
        assert table.classes == len(values)
        for value in (0.0, 5.0, values[0], max(values), 10.0):
            assert table.below(value) == pytest.approx(sum(v < value for v in values) / len(values))


def test_the_place_of_adamw_is_fixed(made):
    frozen, judged = made
    own = next(each for each in judged if each.row.name == tables.REFERENCE)
    assert {name: table.reference for name, table in frozen.dimensions.items()} == {
        name: own.value(name) for name in frozen.dimensions
    }
    by_id = {each.criterion: each for each in own.judgements}
    assert (by_id["state_size"].value, by_id["state_size"].points) == (1.0, 6.0)


def test_scores_spread_and_do_not_pile_up(made):
    frozen, _ = made
    for name in ("elegance", "memory", "optimization", "novelty", "use_case"):
        table = frozen.dimensions[name]
        values = [score for score, number in table.scores for _ in range(number)]
        assert statistics.pstdev(values) > 0.8, name
        assert max(number for _, number in table.scores) < table.classes / 5, name


def test_collections_keep_what_the_first_release_left_untidy(made):
    """The three releases of AdaBelief, in the order in which a reader would put them."""
    found = {
        each.row.distribution: each.value("elegance")
        for each in made[1]
        if each.row.class_name == "AdaBelief"
    }
    assert found["pytorch_optimizer"] > found["torch_optimizer"] > found["adabelief-pytorch"]


def test_control_points_lie_at_the_places_that_a_criterion_names(rows):
    placed = [each for each in criteria.load() if each.places]
    assert placed
    for each in placed:
        values = [row.values[each.reads].value for row in rows]
        numbers = [value for value in values if value is not None]
        for (value, _), (share, _) in zip(each.points, each.places, strict=True):
            below = sum(number < value for number in numbers) / len(numbers)
            upto = sum(number <= value for number in numbers) / len(numbers)
            assert below - 0.02 <= share <= upto + 0.02, each.id


def test_a_criterion_by_place_needs_the_calibration():
    placed = [each for each in criteria.read() if each.places]
    with pytest.raises(InputError, match=placed[0].id):
        criteria.placed(placed, {})


def test_nothing_lies_below_the_least_and_everything_below_more_than_the_most():
    table = Scores(reference=None, scores=((1.0, 1), (2.0, 3)))
    assert [table.below(value) for value in (0.5, 1.0, 1.5, 2.0, 3.0)] == [0, 0, 0.25, 0.25, 1]


def test_the_report_is_what_the_command_writes(made):
    assert report.render(*made) == Path(command.HERE / "REPORT.md").read_text(encoding="utf-8")


def test_the_fit_for_another_job_has_no_place_among_those_for_the_usual_one():
    evidence = store.load(REVIEWS / "torch" / "SGD.json").evidence
    usual = usecase.purpose()
    few = msgspec.structs.replace(usual.use_case, needs=usual.use_case.needs[:2])
    other = msgspec.structs.replace(usual, use_case=few)
    places = [
        {each.dimension: each.below for each in (*judged.scores, judged.final)}
        for judged in (verdict.weigh(evidence), verdict.weigh(evidence, purpose=other))
    ]
    assert None not in {places[0]["use_case"], places[0]["final"]}
    assert {places[1]["use_case"], places[1]["final"]} == {None}
    assert places[1]["memory"] == places[0]["memory"] is not None
