"""How far formulas are apart when numbers are forgotten, and what that must not overlook."""

from __future__ import annotations

import pytest

from optreview.evidence.dynamic.rule.kinship.distance import Alignment
from optreview.evidence.dynamic.rule.kinship.skeleton import skeleton
from optreview.evidence.dynamic.rule.kinship.tree import node, once
from optreview.evidence.dynamic.rule.kinship.words import written
from optreview.evidence.dynamic.rule.language import parse

NUMBERS = {"lr": 0.01, "mu": 0.9, "beta1": 0.9, "beta2": 0.999, "beta3": 0.9999, "alpha": 5.0, "eps": 1e-8}
MOMENTS = "m ← EMA[beta1](g)\nv ← EMA[beta2](g^2)\n"
ADAM = MOMENTS + "p ← p - lr * m' / (sqrt(v') + eps)"
TRUST = MOMENTS + "u = m' / (sqrt(v') + eps)\np ← p - lr * {} * u"


def distance(one: str, other: str) -> float:
    return aligned(one, other).distance


def changes(one: str, other: str) -> list[str]:
    found = aligned(one, other).changes()
    return [" → ".join(written(each) for each in (one.before, one.after) if each) for one in found]


def aligned(one: str, other: str) -> Alignment:
    trees = []
    for text in (one, other):
        rule = parse(text)
        values = {name: NUMBERS[name] for name in rule.names.read if name in NUMBERS}
        trees.append(skeleton(rule, values).tree)
    return Alignment(*trees)


def test_running_means_with_two_decays_are_two_and_not_twice_one() -> None:
    mixed = "s ← EMA[beta3](g)\n" + MOMENTS + "p ← p - lr * (m' + alpha * s') / (sqrt(v') + eps)"
    assert distance(ADAM, mixed) > 0.05
    again = "s ← EMA[beta1](g)\n" + MOMENTS + "p ← p - lr * (m' + alpha * s') / (sqrt(v') + eps)"
    assert distance(ADAM, again) == 0
    product = "s ← EMA[beta3](g)\nm ← EMA[beta1](g)\np ← p - lr * {}"
    assert distance(product.format("m' * s'"), product.format("m' * m'")) > 0.05


def test_a_decay_stays_the_same_where_another_running_mean_is_gone() -> None:
    largest = "m ← EMA[beta1](g)\nv ← max(beta2 * v, abs(g))\np ← p - lr * m' / (v' + eps)"
    (change,) = changes(ADAM, largest)
    assert change == "1/√(EMA[1](g²)) → 1/maximum(abs(g))"
    assert distance(ADAM, largest) == distance(largest, ADAM)
    # where both are there, and share the decay that was two, that differs
    once_more = ADAM.replace("EMA[beta2]", "EMA[beta1]")
    assert distance(ADAM, once_more) > 0
    assert any("EMA[" in each for each in changes(ADAM, once_more))
    # a running mean that stands elsewhere is no nearer by being numbered as the one of the same
    nesterov = "m ← EMA[beta1](g)\np ← p - lr * (g + beta1 * m')"
    trees = [aligned(each, each).one for each in (nesterov, ADAM)]
    assert Alignment(*trees).distance <= Alignment(*trees, numbered=True).distance


@pytest.mark.parametrize(
    "guarded",
    [
        "where(norm(u) != 0, norm(p) / norm(u), 1)",
        "where(norm(p) > 0 and norm(u) > 0, norm(p) / norm(u), 1)",
        "where(norm(u) == 0, 1, norm(p) / norm(u))",
        "where(norm(p) != 0, where(norm(u) != 0, norm(p) / norm(u), 1), 1)",
    ],
)
def test_a_guard_of_a_division_is_no_idea(guarded: str) -> None:
    assert distance(TRUST.format(guarded), TRUST.format("(norm(p) / norm(u))")) == 0


@pytest.mark.parametrize(
    "case",
    [
        "where(g != 0, norm(p) / norm(u), 1)",  # elements of a sparse gradient
        "where(norm(u) > 1, norm(p) / norm(u), 1)",  # a limit
        "where(m' > 0, norm(p) / norm(u), 1)",
        "where(norm(p) > norm(u), norm(p) / norm(u), 1)",
    ],
)
def test_a_case_that_happens_stays_one(case: str) -> None:
    assert distance(TRUST.format(case), TRUST.format("(norm(p) / norm(u))")) > 0.05


def test_what_is_used_again_counts_once() -> None:
    mean = node("avg", (node("^2", (node("g"),)),), 0.9)
    tree = node("*", (mean, node("norm", (mean,))))
    assert (tree.size, once(tree).size) == (8, 6)
    assert once(mean) == mean
    # Adam with a trust ratio is nearer to Adam than to what has less of it
    trusted = TRUST.format("(norm(p) / norm(u))")
    less = "v ← EMA[beta2](g^2)\np ← p - lr * g / (sqrt(v') + eps)"
    assert distance(ADAM, trusted) < distance(less, trusted) < distance("p ← p - lr * g", trusted)


def test_what_is_computed_from_chance_is_no_schedule() -> None:
    curved = "h ← EMA[beta2](hessian_product(2 * random(1) - 1)^2)\nm ← EMA[beta1](g)\n"
    plain = "m ← EMA[beta1](g)\np ← p - lr * m'"
    assert distance(curved + "p ← p - lr * m' / (sqrt(h') + eps)", plain) > 0.2


@pytest.mark.parametrize(
    ("partial", "said"), [(0.125, "EMA[2](g)/EMA[1](g²)^0.125"), (0.5, "EMA[2](g)/√(EMA[1](g²))")]
)
def test_a_power_is_the_hyperparameters_own_and_decays_of_one_value_are_two(
    partial: float, said: str
) -> None:
    rule = parse(MOMENTS + "p ← p - lr * m' / (sqrt(v') + eps)^(2 * partial)")
    for beta1, beta2 in ((0.9, 0.999), (0.9999, 0.9999), (0.3, 0.3)):
        values = {"beta1": beta1, "beta2": beta2, "eps": 1e-8, "lr": 0.1, "partial": partial}
        assert written(skeleton(rule, values).tree) == f"-{said}"
