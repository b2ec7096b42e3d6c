"""Disguises are recognised, and what only looks like a known rule is not called by its name."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
import torch

from optreview.evidence.dynamic.rule.extraction import extract
from optreview.evidence.dynamic.rule.kinship.comparison import Comparison
from optreview.evidence.dynamic.rule.kinship.differences import Differences
from optreview.evidence.dynamic.rule.kinship.kin import kin
from optreview.evidence.dynamic.rule.kinship.subject import of_equations
from optreview.evidence.dynamic.rule.language import parse
from optreview.judgement import catalogue
from optreview.records import Option
from tests.dynamic.rule.kinship import disguises
from tests.dynamic.rule.program.stages import rule, stage

if TYPE_CHECKING:
    from optreview.records import Kin


@cache
def kin_of(name: str) -> tuple[Kin, ...]:
    return extract(stage(getattr(disguises, name)), catalogue.known_rules(name)).kin


def one(name: str, entry: str) -> Kin:
    return next(each for each in kin_of(name) if each.entry == entry)


@pytest.mark.parametrize("name", ["Renamed", "Reordered", "Rescaled", "Debiased", "Listed", "Packed"])
def test_adam_in_other_words_is_adam(name: str) -> None:
    first = kin_of(name)[0]
    assert (first.entry, first.verdict, first.differences) == ("adam", "same", ())
    # without weight decay nothing tells these two apart
    assert {each.entry for each in kin_of(name) if each.verdict == "same"} == {"adam", "adamw"}


def test_a_renamed_hyperparameter_is_matched_by_its_part() -> None:
    told = {each.name: each.value for each in kin_of("Renamed")[0].matching}
    assert {told[each] for each in ("lr", "beta1", "beta2", "eps")} == {"rate", "fade", "spread", "floor_"}
    assert (told["beta1"], told["beta2"]) == ("fade", "spread")


def test_lion_in_other_words_is_lion() -> None:
    assert (kin_of("Signs")[0].entry, kin_of("Signs")[0].verdict) == ("lion", "same")


def test_momentum_without_a_buffer_is_momentum() -> None:
    first = kin_of("Lagged")[0]
    assert (first.entry, first.verdict, first.differences) == ("sgd_momentum", "same", ())
    assert {each.value for each in first.matching if each.name == "momentum"} == {"beta1"}


def test_an_eps_in_a_multiple_is_no_difference_in_form() -> None:
    adam = next(each for each in catalogue.known_rules("") if each.entry == "adam")
    found = of_equations(adam.equations[0])
    assert found is not None
    scaled = replace(found, rule=parse(adam.equations[0].text.replace("+ eps", "+ 1e7 * eps")))
    assert scaled.rule != found.rule
    assert Comparison(scaled, found, 2).structure == 0


def test_what_accounts_for_none_of_the_distance_is_not_told() -> None:
    """eps is another in the second; that its mean decays twice is what shows."""
    adam = next(each for each in catalogue.known_rules("") if each.entry == "adam")
    found = of_equations(adam.equations[0], (Option(name="weight_decay", value="0.1"),))
    assert found is not None
    text = adam.equations[0].text.replace("EMA[beta1]", "EMA[beta1 * beta1]")
    again = replace(found, rule=parse(text.replace("eps", "0.01 * eps")))
    pair = Comparison(again, found, 2)
    behaviour = pair.behaviour()
    assert behaviour is not None
    assert behaviour.excepted is None
    assert pair.explained(behaviour, ("eps",)) < 0.05
    assert not [each for each in Differences(pair).told(behaviour) if "of the distance" in each]


@pytest.mark.parametrize(
    "name",
    [
        "Absolute",
        "Rootless",
        "Late",
        "Swapped",
        "Inside",
        "Uncorrected",
        "Exchanged",
        "Largest",
        "Clipped",
        "PackedRootless",
    ],
)
def test_what_only_looks_like_adam_is_not_adam(name: str) -> None:
    assert not [each for each in kin_of(name) if each.verdict == "same"]
    assert all(each.differences for each in kin_of(name) if each.entry == "adam")


@pytest.mark.parametrize(
    ("name", "verdict", "said"),
    [
        ("Inside", "same-except", "eps stands inside the root"),
        ("Uncorrected", "skeleton", "no correction by"),
        ("Late", "skeleton", "times as long at step 1"),
        ("Rootless", "graded", "→"),
        ("Exchanged", "same-except", "betas.1 does what betas.0 does there"),
        ("Clipped", "graded", "in proportion to no one power"),
    ],
)
def test_how_it_differs_is_said(name: str, verdict: str, said: str) -> None:
    found = one(name, "adam")
    assert found.verdict == verdict
    assert said in "; ".join(found.differences)


def test_a_known_class_is_what_it_is_named() -> None:
    for cls, entry in (
        (torch.optim.Adam, "adam"),
        (torch.optim.AdamW, "adamw"),
        (torch.optim.RAdam, "radam"),
    ):
        found = kin(rule(cls), catalogue.known_rules(cls.__name__))
        assert (found[0].entry, found[0].verdict) == (entry, "same")


def test_without_rules_to_compare_with_there_are_no_kin() -> None:
    assert kin(rule(torch.optim.SGD), ()) == ()
