"""Scores against hand-computed means; absence must never turn into zero points."""

import msgspec
import pytest

from optreview.judgement import judge, ledger, rubric, score, usecase, verdict
from optreview.judgement.criteria import Criterion
from optreview.judgement.rubric import Dimension, Rubric
from optreview.records import Judgement, Measurement
from tests import samples


def criterion(name="c", dimension="d", weight=1.0, **more):
    words = dict.fromkeys(("title", "why", "remedy", "origin", "strength", "weakness"), "")
    fields = {"id": name, "dimension": dimension, "effort": "small", "weight": weight, "reads": name, **words}
    return Criterion(**{**fields, "points": ((0.0, 10.0), (1.0, 6.0), (2.0, 2.0))} | more)


def rules(*criteria, minimum_coverage=0.5, weights=(("d", 1.0),)):
    dimensions = tuple(Dimension(id=i, title=i, scale="", weight=w, missing="none") for i, w in weights)
    return Rubric(
        version="0",
        met=8,
        unmet=4,
        minimum_coverage=minimum_coverage,
        dimensions=dimensions,
        criteria=criteria,
    )


def judgement(points, weight=1.0, outcome="met", dimension="d", name="c"):
    return Judgement(
        criterion=name,
        dimension=dimension,
        outcome=outcome,
        points=points,
        weight=weight,
        measurement="m",
        value=None,
        note="",
    )


@pytest.mark.parametrize(
    ("value", "points"), [(-1, 10), (0, 10), (0.5, 8), (1, 6), (1.25, 5), (2, 2), (9, 2)]
)
def test_points_are_linear_between_control_points_and_flat_outside(value, points):
    assert criterion().points_for(value) == pytest.approx(points)


def test_levels_judge_words_and_booleans():
    levels = criterion(points=(), levels={"true": 10.0, "constant": 7.0})
    assert levels.points_for(True) == 10
    assert levels.points_for("constant") == 7
    with pytest.raises(ValueError, match="not in the criterion"):
        levels.points_for("other")


@pytest.mark.parametrize("points", [((1.0, 2.0), (0.0, 1.0)), ()])
def test_a_criterion_that_cannot_judge_is_rejected(points):
    with pytest.raises(ValueError, match="points"):
        criterion(points=points)


def test_the_mean_is_weighted():
    found = score.score([judgement(10, 3), judgement(2, 1)], rules())
    assert found[0].value == 8.0
    assert found[0].coverage == 1.0


@pytest.mark.parametrize("outcome", ["not-measured", "errored"])
def test_absence_lowers_coverage_and_not_the_score(outcome):
    found = score.score([judgement(10, 3), judgement(None, 1, outcome)], rules())[0]
    assert (found.value, found.coverage) == (10.0, 0.75)


def test_not_applicable_lowers_neither():
    found = score.score([judgement(10, 3), judgement(None, 1, "not-applicable")], rules())[0]
    assert (found.value, found.coverage) == (10.0, 1.0)


def test_too_little_coverage_withholds_the_number():
    found = score.score([judgement(10, 1), judgement(None, 2, "not-measured")], rules())[0]
    assert found.value is None
    assert found.coverage == 0.33


def test_a_dimension_without_evidence_has_no_number():
    assert score.score([], rules())[0].value is None


def test_the_final_score_weighs_dimensions_and_counts_missing_ones_in_its_coverage():
    judgements = [judgement(10, dimension="a"), judgement(4, dimension="b")]
    weighing = rules(weights=(("a", 1.0), ("b", 2.0), ("c", 1.0)))
    final = score.final(score.score(judgements, weighing), weighing)
    assert (final.value, final.coverage) == (6.0, 0.75)


def test_the_real_rubric_reads_only_what_one_of_the_halves_says_it_measures():
    case = msgspec.structs.replace(usecase.load(), needs=usecase.needs())
    everything = msgspec.structs.replace(usecase.purpose(), use_case=case)
    judged = verdict.weigh(samples.evidence(), purpose=everything)
    assert {j.criterion for j in judged.judgements} == {c.id for c in rubric.whole().criteria}
    assert all(j.points is None or 0 <= j.points <= 10 for j in judged.judgements)


def test_without_a_run_nothing_dynamic_is_judged_and_the_reason_is_kept():
    judged = verdict.weigh(samples.not_run("Because."))
    dynamic = [j for j in judged.judgements if j.dimension in {"memory", "use_case"}]
    assert dynamic
    assert {(j.outcome, j.points, j.note) for j in dynamic} == {("not-measured", None, "Because.")}
    assert {s.value for s in judged.scores if s.dimension in {"memory", "use_case"}} == {None}


def test_a_rule_that_did_not_run_is_not_measured_and_one_without_hits_is_met():
    evidence = samples.evidence(static=samples.static(findings=(), rules=("data_attribute",)))
    by_id = {j.criterion: j for j in judge.judge(evidence, rubric.load())}
    assert by_id["no_data_attribute"].outcome == "met"
    assert by_id["guarded_step"].outcome == "not-measured"


def test_a_comment_that_suppresses_a_finding_changes_no_score():
    facts = samples.static()
    kept = tuple(msgspec.structs.replace(f, suppressed="On purpose.") for f in facts.findings)
    assert kept
    suppressed = samples.evidence(static=msgspec.structs.replace(facts, findings=kept))
    assert verdict.weigh(suppressed) == verdict.weigh(samples.evidence())


def test_errored_and_not_applicable_measurements_keep_their_names():
    weighing = rules(criterion("x"), criterion("y"))
    entries = (
        Measurement(id="x", value=None, unit="", presence="errored", note="why"),
        Measurement(id="y", value=None, unit="", presence="not-applicable", note="why"),
    )
    facts = msgspec.structs.replace(samples.static(), measurements=entries)
    outcomes = [j.outcome for j in judge.judge(samples.evidence(static=facts), weighing)]
    assert outcomes == ["errored", "not-applicable"]


def test_a_step_on_sparse_gradients_is_not_held_against_adamw_on_dense_ones():
    def outcome(protocols):
        dynamic = samples.evidence().dynamic
        assert dynamic is not None
        ratio = samples.measured("operations_over_adamw", 3.0)
        recipe = msgspec.structs.replace(dynamic.recipe, protocols=protocols)
        driven = msgspec.structs.replace(dynamic, recipe=recipe, measurements=(ratio,))
        found = judge.judge(samples.evidence(dynamic=driven), rubric.load())
        return next(each.outcome for each in found if each.criterion == "few_operations")

    assert outcome(("plain",)) == "unmet"
    assert outcome(("plain", "sparse_only")) == "not-applicable"


@pytest.mark.parametrize(
    ("source", "run", "value"),
    [
        ("unmentioned", "rejected", "rejected"),
        ("unmentioned", "failed", "unmentioned"),
        ("handled", "rejected", "rejected"),
        ("handled", "differs", "differs"),
        ("handled", "failed", "failed"),
        ("handled", None, "handled"),
    ],
)
def test_what_became_of_sparse_gradients_goes_before_the_reading(source, run, value):
    told = samples.measured("sparse_handling", source, "handling")
    tried = msgspec.structs.replace(samples.measured("sparse_gradients", "x", "verdict"), value=run)
    evidence = samples.evidence(
        static=samples.static(measurements=(told,)), dynamic=samples.dynamic(measurements=(tried,))
    )
    assert ledger.open_ledger(evidence)["sparse_handling"].value == value
