"""What a remedy adds, against scores computed by hand and against judging mended evidence anew."""

from pathlib import Path

import msgspec
import pytest

from optreview.judgement import counterfactual, judge, rubric, score, verdict
from optreview.records import Measurement
from optreview.report import store
from tests.judgement.test_score import criterion, rules

REVIEWS = Path(__file__).parents[2] / "reviews"


def judged(weighing, **values):
    entries = {
        name: Measurement(id=name, value=value, unit="", presence="measured", note="")
        for name, value in values.items()
    }
    return counterfactual.explained(judge.judged(entries.__getitem__, weighing), weighing)


def test_a_gain_is_what_judging_again_gives_and_losses_add_up():
    weighing = rules(
        criterion("a", dimension="x"),
        criterion("b", dimension="y"),
        criterion("c", dimension="y", weight=3.0),
        weights=(("x", 1.0), ("y", 1.0)),
    )
    found = judged(weighing, a=0.0, b=2.0, c=1.0)
    # y is (2 + 3 * 6) / 4 = 5, and 7 with b at ten points, 8 with c; half of that reaches the final score.
    assert [each.gain for each in found] == [0.0, 1.0, 1.5]
    assert [each.lost for each in found] == [0.0, 1.0, 1.5]
    final = score.final(score.score(found, weighing), weighing).value
    assert final is not None
    assert sum(each.lost or 0.0 for each in found) == pytest.approx(10 - final)


def test_a_remedy_counts_for_every_criterion_that_reads_what_it_changes():
    weighing = rules(criterion("a", reads="m"), criterion("b", reads="m", points=((0.0, 10.0), (2.0, 0.0))))
    first, second = judged(weighing, m=2.0)
    assert first.gain == second.gain == 10 - (2 + 0) / 2


def test_a_remedy_reaches_what_it_says_and_never_makes_worse():
    weighing = rules(criterion("a", mends={"a": 1.0, "b": 1.0}), criterion("b"))
    found = judged(weighing, a=2.0, b=0.0)
    assert found[0].gain == (6 - 2) / 2
    assert judged(weighing, a=0.5, b=0.0)[0].gain == 0.0


def test_what_is_so_by_design_has_no_remedy():
    found = judged(rules(criterion("a", effort="by design")), a=2.0)
    assert (found[0].gain, found[0].lost) == (None, 8.0)
    with pytest.raises(ValueError, match="by design"):
        criterion("a", effort="by design", mends={"a": 1.0})


def test_the_gain_of_a_rule_is_the_score_without_its_findings():
    evidence = store.load(REVIEWS / "adabelief_pytorch" / "AdaBelief.json").evidence
    before = verdict.weigh(evidence)
    hit = next(j for j in before.judgements if j.measurement == "rule:data_attribute")
    assert hit.gain is not None
    kept = tuple(f for f in evidence.static.findings if f.rule != "data_attribute")
    mended = msgspec.structs.replace(evidence, static=msgspec.structs.replace(evidence.static, findings=kept))
    weighing = rubric.load()
    after, now = (
        score.unrounded(each, weighing) for each in (judge.judge(mended, weighing), before.judgements)
    )
    assert after is not None
    assert now is not None
    assert hit.gain == pytest.approx(after - now, abs=0.005)
    assert hit.gain > 0


def test_every_remedy_reaches_at_least_what_counts_as_met_or_says_what_it_reaches():
    weighing = rubric.load()
    for each in weighing.criteria:
        for measurement, value in each.mended.items():
            if measurement == each.reads:
                assert each.points_for(value) >= 6, each.id
