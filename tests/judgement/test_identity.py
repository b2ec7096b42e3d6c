"""Which optimizer a class is: the rule goes before the name, and where they differ it is said."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from optreview.judgement import catalogue, identity, novelty, wrappers
from optreview.records import (
    Equations,
    EquationsProof,
    Evidence,
    HeldOptimizer,
    Kin,
    Measurement,
    Option,
    ProgramProof,
    UpdateRule,
)
from tests import samples
from tests.static import facts_samples

PLAIN = "torch.optim:ASGD"
PROVEN = EquationsProof(verdict="proven", error=0.0, steps=20)
SAME = Kin(entry="adam", verdict="same", structure=0.0, behaviour=0.0)
OTHER = Kin(
    entry="adabelief", verdict="graded", structure=0.36, behaviour=0.3, differences=("EMA(g²) → EMA((g−m)²)",)
)
EXCEPT = msgspec.structs.replace(SAME, verdict="same-except", differences=("eps stands inside the root",))


def evidence(name: str, *kin: Kin, **more: Any) -> Evidence:
    equations = (Equations(dimensions=2, text="p ← p - lr * g", proof=PROVEN),)
    program = ProgramProof(verdict="proven", steps=20, agreed=20)
    rule = UpdateRule(ways=1, program=program, mutates_gradient=False, equations=equations, kin=kin, **more)
    subject = samples.subject(class_name=name)
    return samples.evidence(static=samples.static(subject=subject), dynamic=samples.dynamic(rule=rule))


@pytest.mark.parametrize(
    ("name", "kin", "entry", "grounds", "said"),
    [
        ("Adam", (SAME, OTHER), "adam", "update rule (proven the same)", ""),
        (
            "Fancy",
            (SAME, OTHER),
            "adam",
            "update rule (proven the same)",
            "The catalogue does not have the name Fancy.",
        ),
        (
            "AdaBelief",
            (SAME, OTHER),
            "adam",
            "update rule (proven the same)",
            "It is named AdaBelief, but at its defaults its rule is Adam's.",
        ),
        ("Fancy", (EXCEPT,), "adam", "update rule (nearest)", "eps stands inside the root"),
        (
            "AdaBelief",
            (OTHER,),
            "adabelief",
            "class name",
            "with matched hyperparameters the two take other steps",
        ),
        ("AdaBelief", (), "adabelief", "class name", ""),
    ],
)
def test_the_rule_goes_before_the_name(
    name: str, kin: tuple[Kin, ...], entry: str, grounds: str, said: str
) -> None:
    found = identity.identify(evidence(name, *kin))
    assert found is not None
    assert (found.entry, found.grounds) == (entry, grounds)
    assert said in found.note
    assert bool(found.note) is bool(said)


def test_a_rule_that_is_an_older_one_with_more_at_zero_says_so_beside_its_own() -> None:
    own = msgspec.structs.replace(SAME, entry="sgdw", off=("dampening",))
    plain = msgspec.structs.replace(SAME, entry="sgd", structure=0.3, off=("dampening", "momentum"))
    found = identity.identify(evidence("SGDW", own, plain))
    assert found is not None
    assert found.entry == "sgdw"
    assert found.note == "With dampening and momentum at zero, as by default, its rule is SGD's."
    alike = identity.identify(evidence("SGDW", own, msgspec.structs.replace(plain, off=own.off)))
    assert alike is not None
    assert not alike.note


def test_of_rules_whose_steps_are_as_near_the_nearest_in_form_is_named() -> None:
    plain = msgspec.structs.replace(SAME, entry="sgd", structure=0.3, off=("momentum",))
    average = msgspec.structs.replace(plain, entry="asgd", verdict="same-except", off=())
    _, steps = novelty.measurements(evidence("SGDW", plain, average))
    nearest = "SGD (1951), with momentum at zero, as by default, the nearest in this of 2 known rules"
    assert steps.note == f"{nearest} that were picked by their formulas"


def test_steps_that_were_compared_with_a_few_rules_are_not_called_the_nearest_of_all() -> None:
    near = msgspec.structs.replace(EXCEPT, behaviour=0.4, matching=())
    other = msgspec.structs.replace(near, entry="nadam", behaviour=0.5)
    _, steps = novelty.measurements(evidence("Fancy", near, other))
    assert steps.note is not None
    assert steps.note.endswith(
        "of 2 known rules that were picked by their formulas; those of another may be nearer"
    )
    _, alone = novelty.measurements(evidence("Fancy", near))
    assert alone.note == "Adam (2014), the one known rule that it was held beside in this way"


def test_a_rule_whose_steps_are_alike_at_a_number_alone_is_named_with_the_number() -> None:
    held = (Option(name="beta1", value="beta1"), Option(name="beta3", value="1e-15"))
    alone = "the one known rule that it was held beside in this way"
    near = msgspec.structs.replace(SAME, entry="adamod", verdict="same-except", behaviour=0.0, matching=held)
    _, steps = novelty.measurements(evidence("Fancy", near))
    assert steps.note == f"AdaMod (2019), with beta3 at 1e-15, {alone}"
    more = (*held, Option(name="eps", value="0.01"), Option(name="lr", value="2.0"))
    _, steps = novelty.measurements(evidence("Fancy", msgspec.structs.replace(near, matching=more)))
    assert steps.note == f"AdaMod (2019), with beta3 at 1e-15, eps at 0.01 and lr at 2, {alone}"
    _, steps = novelty.measurements(evidence("Fancy", msgspec.structs.replace(near, matching=held[:1])))
    assert steps.note == f"AdaMod (2019), {alone}"


def test_what_an_entry_is_alone_for_did_not_show_in_its_own_implementation_either() -> None:
    """Its name goes before a rule that is not yet its own, and nothing is said of how new it is."""
    for kin in (SAME, EXCEPT):
        found = evidence("SWATS", kin, OTHER)
        known = identity.identify(found)
        assert known is not None
        assert (known.entry, known.grounds) == ("swats", "class name")
        assert "another comes later, or is off" in known.note
        assert {m.presence for m in novelty.measurements(found)} == {"not-measured"}
    assert catalogue.shows_another("swats")
    assert not catalogue.shows_another("adam")
    assert not catalogue.shows_another("lbfgs")


def test_what_is_near_to_none_is_none() -> None:
    assert identity.identify(evidence("Fancy", OTHER)) is None


def test_a_copy_is_not_new_and_the_original_is_compared_with_older_ones() -> None:
    older = msgspec.structs.replace(OTHER, entry="rmsprop", structure=0.143)
    assert novelty.measurements(evidence("Fancy", SAME, older))[0].value == 0
    assert novelty.measurements(evidence("Adam", SAME, older))[0].value == 0.143


def test_without_kin_novelty_is_not_measured() -> None:
    assert novelty.measurements(evidence("Adam"))[0].presence == "not-measured"


def test_of_equations_that_are_not_proven_nothing_is_made() -> None:
    assert novelty.measurements(evidence("Fancy", OTHER))[0].value == 0.36
    unproven = Equations(dimensions=1, text="p ← p", proof=EquationsProof(verdict="unproven"))
    found = evidence("Fancy", OTHER)
    assert found.dynamic is not None
    assert found.dynamic.rule is not None
    rule = msgspec.structs.replace(found.dynamic.rule, equations=(*found.dynamic.rule.equations, unproven))
    found = msgspec.structs.replace(found, dynamic=msgspec.structs.replace(found.dynamic, rule=rule))
    assert [each.presence for each in novelty.measurements(found)] == ["not-measured", "not-measured"]


def test_formulas_alone_are_no_difference_that_is_told() -> None:
    unconfirmed = msgspec.structs.replace(OTHER, behaviour=None)
    assert identity.told(unconfirmed) == "their formulas differ, which no run has confirmed"
    assert identity.told(EXCEPT) == "eps stands inside the root"
    both = msgspec.structs.replace(OTHER, differences=(*EXCEPT.differences, *OTHER.differences))
    assert identity.told(both).startswith("eps stands inside the root; with matched hyperparameters")


def test_a_wrapper_is_not_a_copy_of_what_it_wraps() -> None:
    plain = evidence("Fancy", SAME, OTHER)
    held = (
        HeldOptimizer(attribute="optimizer", how="given as an argument", location=samples.subject().location),
    )
    workings = facts_samples.workings(facts_samples.real(PLAIN))
    around = msgspec.structs.replace(
        plain,
        static=msgspec.structs.replace(plain.static, workings=msgspec.structs.replace(workings, holds=held)),
    )
    assert wrappers.inner(plain) is None
    assert (found := wrappers.inner(around)) is not None
    assert found.id == "adam"
    assert identity.identify(around) is None
    assert {m.presence for m in novelty.measurements(around)} == {"not-measured"}
    path = Measurement(id="foreach_path", value=False, unit="bool", presence="measured", note="")
    assert wrappers.own_path(path, plain).presence == "measured"
    assert wrappers.own_path(path, around).presence == "not-applicable"


@pytest.mark.parametrize(
    ("module", "name", "itself"),
    [
        ("torch.optim.adamw", "AdamW", True),
        ("torch.optim", "AdamW", True),
        ("torch.optim.adamw", "Adam", False),
        ("torch.optimizers", "AdamW", False),
        ("elsewhere", "AdamW", False),
    ],
)
def test_a_class_that_the_catalogue_was_read_from_is_known(module: str, name: str, itself: bool) -> None:
    known = catalogue.entry("adamw")
    assert known is not None
    assert catalogue.is_read_from(known, samples.subject(module=module, class_name=name)) is itself


def test_an_entry_that_shows_an_older_rule_is_no_rule_before_another() -> None:
    assert catalogue.shows_another("swats")
    told = novelty.before(evidence("Fancy", Kin(entry="swats", verdict="graded", structure=0.2), OTHER))
    assert [each.entry for each in told] == ["adabelief"]


def test_what_a_rule_starts_from_is_before_it_in_whatever_year() -> None:
    known = {name: catalogue.entry(name) for name in ("padam", "amsgrad", "adam")}
    assert known["padam"] is not None
    assert known["amsgrad"] is not None
    assert known["padam"].year == known["amsgrad"].year
    assert catalogue.ancestors(known["padam"]) >= {"amsgrad", "adam"}
    kin = [
        Kin(entry=entry, verdict="graded", structure=structure)
        for entry, structure in (("rmsprop", 0.214), ("amsgrad", 0.188), ("signsgd", 0.1), ("adabound", 0.1))
    ]
    same = Kin(entry="padam", verdict="same", structure=0.0)
    assert [each.entry for each in novelty.before(evidence("Padam", same, *kin))] == ["amsgrad", "rmsprop"]
