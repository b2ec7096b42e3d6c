"""Invariants of rules whose behaviour is known without running them."""

from __future__ import annotations

import pytest

from optreview.evidence.dynamic.rule.kinship.comparison import Comparison
from optreview.evidence.dynamic.rule.kinship.invariants import measure, unlike
from optreview.evidence.dynamic.rule.kinship.kin import kin
from optreview.evidence.dynamic.rule.kinship.subject import Subject, of_equations
from optreview.evidence.dynamic.rule.language import parse
from optreview.judgement import catalogue
from optreview.records import Equations, EquationsProof, Option, ProgramProof, UpdateRule

NUMBERS = {"lr": 0.01, "mu": 0.9, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "wd": 0.1}
ADAM = "m ← EMA[beta1](g)\nv ← EMA[beta2](g^2)\n"
MEAN = ADAM + "p ← p - lr * (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + eps)"


def subject(text: str) -> Subject:
    rule = parse(text)
    values = {name: NUMBERS[name] for name in rule.names.read if name in NUMBERS}
    return Subject(
        rule=rule, values=values, arguments={name: name for name in values}, initial={}, proven=True
    )


@pytest.mark.parametrize(
    ("text", "scale", "coupling", "parameter", "memory", "first"),
    [
        ("p ← p - lr * g", 1.0, "element", "none", 1, 1.0),
        ("p ← (1 - lr * wd) * p - lr * g", 1.0, "element", "none", 1, 1.0),
        # 0.9^21 is the last power above a tenth
        ("m ← mu * m + g\np ← p - lr * m'", 1.0, "element", "none", 22, 1.0),
        # the second is a tenth, and no more
        ("m ← 0.1 * m + g\np ← p - lr * m'", 1.0, "element", "none", 1, 1.0),
        ("p ← p - lr * sign(g)", 0.0, "element", "none", 1, 1.0),
        ("p ← p - lr * g^3", 3.0, "element", "none", 1, 1.0),
        ("p ← p - lr * g / norm[-1](g)", 0.0, "row", "none", 1, 0.577),
        ("p ← p - lr * g / norm[-2](g)", 0.0, "column", "none", 1, 0.5),
        ("p ← p - lr * g / norm(g)", 0.0, "tensor", "none", 1, 0.289),
        ("p ← p - lr * norm(p) * g", 1.0, "tensor", "scale", 1, None),
        ("p ← p - lr * p * g / norm(p)", 1.0, "tensor", "direction", 1, None),
    ],
)
def test_what_can_be_told_without_running(  # noqa: PLR0917 - one for each invariant
    text: str, scale: float | None, coupling: str, parameter: str, memory: int, first: float | None
) -> None:
    found = measure(subject(text), 2)
    assert (found.scale, found.coupling, found.parameter) == (scale, coupling, parameter)
    assert found.memory == memory
    assert first is None or found.first == first
    assert not found.reason


def test_a_mean_of_squares_takes_the_scale_away() -> None:
    found = measure(subject(MEAN), 2)
    assert (found.scale, found.coupling, found.first) == (0.0, "element", 1.0)
    assert found.memory is not None
    assert found.memory > 5


def test_a_power_that_holds_for_large_gradients_alone_is_none() -> None:
    assert measure(subject("p ← p - lr * g / abs(g)"), 2).scale == 0.0
    assert measure(subject("p ← p - lr * g / (abs(g) + 0.01)"), 2).scale is None


def test_rules_that_differ_only_by_what_was_matched_do_not_differ() -> None:
    one, other = subject("p ← p - lr * sign(g)"), subject(MEAN)
    # what stands for the other's eps here is no eps, and gradients are small beside it
    assert set(unlike(one, one.values, other, {**other.values, "eps": 50.0}, 2) or ()) == {"memory"}
    plain = subject("p ← p - lr * g")
    assert set(unlike(plain, plain.values, other, other.values, 2) or ()) == {"scale", "memory"}


def test_what_has_a_function_without_text_is_not_measured_and_says_so() -> None:
    found = measure(subject("p ← p - lr * scramble(g)"), 2)
    assert "scramble" in found.reason
    assert (found.scale, found.coupling, found.memory) == (None, None, None)


def test_a_variant_that_agrees_in_one_of_its_cases_is_near_and_another_rule_is_not() -> None:
    known = {each.entry: of_equations(each.equations[0]) for each in catalogue.known_rules("")}
    adam, adamp, soap = known["adam"], known["adamp"], known["soap"]
    assert adam
    assert adamp
    assert soap
    assert 0 < Comparison(adamp, adam, 2).structure < 0.4
    assert Comparison(adamp, adam, 2).structure == Comparison(adam, adamp, 2).structure
    assert Comparison(soap, adam, 2).structure > 0.6


def test_the_same_until_gradients_are_large_is_not_the_same() -> None:
    told = tuple(Option(name=name, value=str(NUMBERS[name])) for name in ("beta1", "beta2", "eps", "lr"))
    places = tuple(Option(name=each.name, value=f"group.{each.name}") for each in told)
    cut = MEAN.replace("(g)", "(clamp(g, -40, 40))").replace("g^2", "clamp(g, -40, 40)^2")
    proof = EquationsProof(verdict="proven", error=0.0)
    made = [
        Equations(dimensions=2, text=text, proof=proof, values=told, places=places) for text in (MEAN, cut)
    ]
    adam = [each for each in catalogue.known_rules("") if each.entry == "adam"]
    plain, clipped = (
        kin(UpdateRule(program=ProgramProof(verdict="proven"), equations=(each,)), adam)[0] for each in made
    )
    assert (plain.verdict, plain.unlike) == ("same", ())
    assert clipped.verdict == "graded"
    assert clipped.unlike


def test_what_was_zero_when_a_known_rule_was_read_is_zero_where_the_two_are_compared() -> None:
    told = {"lr": "0.01", "momentum": "0.2", "dampening": "0.3", "weight_decay": "0.1"}
    first = "if t == 1:\n    b ← g\nelse:\n    b ← momentum * b + (1 - dampening) * g\n"
    made = Equations(
        dimensions=2,
        text=first + "p ← (1 - lr * weight_decay) * p - lr * b'",
        proof=EquationsProof(verdict="proven", error=0.0),
        values=tuple(Option(name=name, value=value) for name, value in told.items()),
        places=tuple(Option(name=name, value=f"group.{name}") for name in told),
    )
    on = tuple(Option(name=name, value=value) for name, value in told.items() if name != "lr")
    rule = UpdateRule(program=ProgramProof(verdict="proven"), equations=(made,), settings=on)
    known = [each for each in catalogue.known_rules("") if each.entry in {"sgdw", "sgd_momentum"}]
    found = {each.entry: each for each in kin(rule, known)}
    assert (found["sgdw"].verdict, found["sgdw"].off) == ("same", ("dampening",))
    assert found["sgd_momentum"].differences == (
        "weight decay is taken from the parameters; there it is added to the gradient",
    )


def test_a_difference_on_one_kind_of_tensor_alone_names_the_kind() -> None:
    told = tuple(Option(name=name, value=str(NUMBERS[name])) for name in ("beta1", "beta2", "eps", "lr"))
    places = tuple(Option(name=each.name, value=f"group.{each.name}") for each in told)
    coupled = MEAN.replace("(g)", "(g / norm(g))").replace("g^2", "(g / norm(g))^2")
    proof = EquationsProof(verdict="proven", error=0.0)

    def unlike_adam(matrix: str, vector: str) -> tuple[str, ...]:
        made = tuple(
            Equations(dimensions=count, text=text, proof=proof, values=told, places=places)
            for count, text in ((2, matrix), (1, vector))
        )
        adam = [each for each in catalogue.known_rules("") if each.entry == "adam"]
        (found,) = kin(UpdateRule(program=ProgramProof(verdict="proven"), equations=made), adam)
        return found.unlike or ()

    words = "an element's update depends on the gradients of the whole tensor; there of that element alone"
    assert words in unlike_adam(coupled, coupled)
    assert f"on a vector, {words}" in unlike_adam(MEAN, coupled)
    assert f"on a matrix, {words}" in unlike_adam(coupled, MEAN)
