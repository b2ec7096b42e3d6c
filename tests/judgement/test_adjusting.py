"""A project's own weights and control points, beside the standard scores."""

import pytest

from optreview.errors import InputError
from optreview.judgement import adjusting, rubric, verdict
from optreview.judgement.adjusting import Change, Changes
from tests import samples
from tests.judgement.test_score import criterion, rules

STANDARD = rules(
    criterion("a", dimension="x"),
    criterion("b", dimension="y", points=(), levels={"true": 10.0, "false": 0.0}),
    weights=(("x", 1.0), ("y", 2.0)),
)


def test_weights_points_and_levels_are_replaced_and_told():
    changes = Changes(
        weights={"y": 0.5, "x": 1.0},
        criteria={
            "a": Change(weight=3.0, points=((0.0, 10.0), (1.0, 0.0))),
            "b": Change(levels={"false": 5.0}),
        },
    )
    found = adjusting.adjusted(STANDARD, changes)
    assert [each.weight for each in found.dimensions] == [1.0, 0.5]
    first, second = found.criteria
    assert (first.weight, first.points_for(0.5)) == (3.0, 5.0)
    assert (second.points_for(False), second.points_for(True)) == (5.0, 10.0)
    assert adjusting.told(STANDARD, changes) == (
        "weight of y 0.5 instead of 2",
        "weight of a 3 instead of 1",
        "control points of a",
        "levels of b",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (Changes(weights={"x": 0.0, "y": 0.0}), "no dimension"),
        (Changes(weights={"x": -1.0}), "must be 0 or more"),
        (Changes(weights={"x": float("nan")}), "must be 0 or more"),
        (Changes(criteria={"a": Change(points=((1.0, 0.0), (0.0, 10.0)))}), "rise in value"),
        (Changes(criteria={"a": Change(points=((1.0, 11.0),))}), "from 0 to 10"),
        (Changes(criteria={"a": Change(levels={"true": 1.0})}), "no level"),
        (Changes(criteria={"b": Change(levels={"maybe": 1.0})}), "it has true, false"),
        (Changes(criteria={"b": Change(points=((0.0, 1.0),))}), "either points"),
    ],
)
def test_what_cannot_be_changed_so_is_told(changes, words):
    with pytest.raises(InputError, match=words):
        adjusting.adjusted(STANDARD, changes)


def test_adjusted_scores_stand_beside_the_standard_ones():
    evidence = samples.evidence()
    standard = verdict.weigh(evidence)
    weights = {each.id: 0.0 for each in rubric.load().dimensions if each.id != "memory"}
    judged = verdict.weigh(evidence, Changes(weights=weights))
    assert (judged.scores, judged.final) == (standard.scores, standard.final)
    memory = next(each for each in standard.scores if each.dimension == "memory")
    assert judged.adjusted is not None
    assert judged.adjusted.final.value == memory.value != standard.final.value
    assert judged.adjusted.final.below is None


def test_changes_that_change_nothing_leave_no_adjusted_scores():
    weight = rubric.load().dimensions[0].weight
    changes = Changes(weights={rubric.load().dimensions[0].id: weight})
    assert verdict.weigh(samples.evidence(), changes).adjusted is None
