"""Recommended settings against the published rules, computed by hand."""

import msgspec
import pytest

from optreview.judgement import catalogue, recommend, usecase
from optreview.judgement.literals import literal
from optreview.records import Hyperparameter
from tests import samples


def settings_for(class_name, parameters, tier, **dynamic):
    hyperparameters = tuple(
        Hyperparameter(name=n, location=samples.at(1), default=d) for n, d in parameters.items()
    )
    facts = samples.static(hyperparameters=hyperparameters)
    evidence = samples.evidence(static=facts, dynamic=samples.dynamic(**dynamic))
    found = recommend.recommend(evidence, catalogue.identify(class_name), usecase.purpose())
    chosen = next(r for r in found if r.tier == tier)
    rules = " ".join(f"{r.title} {r.says} {r.source}" for r in chosen.rules)
    return {s.name: s.value for s in chosen.settings}, f"{chosen.scaling} {rules}"


ADAM_LIKE = {"lr": "1e-3", "betas": "(0.9, 0.999)", "weight_decay": "0.0"}


@pytest.mark.parametrize(
    ("tier", "lr"), [("low_memory", "5e-5"), ("consumer", "1e-4"), ("high_memory", "2e-4")]
)
def test_adaptive_methods_follow_the_square_root_of_the_batch(tier, lr):
    values, _ = settings_for("AdamW", ADAM_LIKE, tier)
    assert values == {"lr": lr, "weight_decay": "0.01"}


def test_the_rule_that_disagrees_is_shown_with_its_beta2():
    # Half-life of beta2 in tokens: .999 ** (16 / 4) at batch 16, .999 ** (1 / 4) at batch 1.
    _, low = settings_for("AdamW", ADAM_LIKE, "low_memory")
    _, high = settings_for("AdamW", ADAM_LIKE, "high_memory")
    assert "arXiv:2507.07101" in low
    assert "0.99975" in low
    assert "0.99601" in high


def test_lion_takes_a_smaller_rate_and_a_larger_decay_whatever_the_batch():
    values, scaling = settings_for("Lion", {"lr": "1e-4", "weight_decay": "0.0"}, "high_memory")
    assert values == {"lr": "2e-5", "weight_decay": "0.05"}
    assert "knows no published rule" in scaling


def test_without_a_conversion_the_defaults_stay_and_the_page_says_so():
    values, scaling = settings_for("A2Grad", {"beta": "10.0", "lips": "10.0"}, "consumer")
    assert values == {}
    assert "no conversion" in scaling


def test_a_conversion_that_needs_a_missing_argument_is_not_applied():
    values, scaling = settings_for("Muon", {"lr": "2e-2", "weight_decay": "0.0"}, "consumer")
    assert values == {}
    assert "`adjust_lr_fn`" in scaling


def test_a_companion_is_printed_only_where_the_default_differs():
    off, _ = settings_for("AdaBelief", {**ADAM_LIKE, "weight_decouple": "False"}, "consumer")
    on, _ = settings_for("AdaBelief", {**ADAM_LIKE, "weight_decouple": "True"}, "consumer")
    assert off["weight_decouple"] == "True"
    assert "weight_decouple" not in on


@pytest.mark.parametrize(
    ("name", "kind", "coupled", "source"),
    [
        ("Adamax", "coupled", True, None),  # its source is that of a rule of thumb for the lr
        ("Adamax", "decoupled", False, None),
        ("Adamax", None, False, None),
        ("RAdam", "coupled", True, "arXiv:1908.03265"),
        ("AdaBelief", "coupled", False, "README of adabelief-pytorch"),  # decoupled by what is set beside it
    ],
)
def test_decay_that_goes_into_the_gradient_is_told_and_no_default_is_named(name, kind, coupled, source):
    given = {**ADAM_LIKE, "weight_decouple": "False"}
    hyperparameters = tuple(
        Hyperparameter(name=n, location=samples.at(1), default=d) for n, d in given.items()
    )
    answers = (samples.measured("weight_decay_kind", kind, "verdict"),) if kind else ()
    evidence = samples.evidence(
        static=samples.static(hyperparameters=hyperparameters), dynamic=samples.dynamic(measurements=answers)
    )
    for found in recommend.recommend(evidence, catalogue.identify(name), usecase.purpose()):
        (decay,) = [each for each in found.settings if each.name == "weight_decay"]
        assert ("goes into the gradient here" in decay.reason) is coupled
        assert decay.source == source


def test_foreach_is_switched_off_only_where_it_was_measured_to_cost():
    default = samples.run("toy:Toy", (), steady_transient_bytes=8000)
    loop = samples.run("toy:Toy", (), implementation="for-loop", steady_transient_bytes=1000)
    parameters = {**ADAM_LIKE, "foreach": "None"}
    tight, _ = settings_for("AdamW", parameters, "low_memory", runs=(default, loop))
    roomy, _ = settings_for("AdamW", parameters, "high_memory", runs=(default, loop))
    costly = msgspec.structs.replace(loop, steady_transient_bytes=9000)
    unmeasured, _ = settings_for("AdamW", parameters, "low_memory", runs=(default, costly))
    assert tight["foreach"] == "False"
    assert "foreach" not in roomy
    assert "foreach" not in unmeasured


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-4, "1e-4"),
        (5e-5, "5e-5"),
        (1.5e-5, "1.5e-5"),
        (0.01, "0.01"),
        (1.0, "1.0"),
        (0, "0.0"),
        (2, "2.0"),
    ],
)
def test_literals_are_what_people_write_and_mean_the_same(value, text):
    assert literal(value) == text
    assert float(text) == pytest.approx(value)
