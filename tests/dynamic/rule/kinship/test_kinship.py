"""Disguises are recognised, and what only looks like a known rule is not called by its name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
import torch

from optreview.evidence.dynamic.rule.extraction import extract
from optreview.evidence.dynamic.rule.kinship.kin import kin
from optreview.judgement import catalogue
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
        ("Clipped", "graded", "no power of the gradients"),
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
