"""What recurs has a name, sums over sizes are means, and functions keep what they do on other sizes."""

from __future__ import annotations

import pytest
import torch

from optreview.evidence.dynamic.rule.equations.contracting import contracted
from optreview.evidence.dynamic.rule.equations.extract import equations
from tests.dynamic.rule.equations import recurring
from tests.dynamic.rule.equations.test_extract import made
from tests.dynamic.rule.program.stages import stage

TEXTS: dict[type[torch.optim.Optimizer], str] = {
    recurring.Kept: "total ← total + sum((g - beta * p)^2)\np ← p - lr * g / sqrt(total')",
    recurring.Rows: """\
rows ← EMA[beta](mean[-1](g^2))
update = g / sqrt(rows')
p ← p - lr * update / max(sqrt(mean(update^2)), 1)""",
    recurring.Turned: "left ← left + g @ transpose(g)\np ← p - 0.001 * lr * (left' @ g)",
    recurring.Told: "p ← p - lr * turn(g)",
}


@pytest.mark.parametrize("cls", TEXTS, ids=lambda cls: cls.__name__)
def test_it_reads_as_people_would_write_it(cls: type[torch.optim.Optimizer]) -> None:
    found = made(cls)
    assert found.text == TEXTS[cls]
    assert found.proof.verdict == "proven"


def test_what_is_added_to_a_running_mean_is_told_apart() -> None:
    found = made(recurring.Floored)
    (role,) = (each for each in found.roles if each.name == "kept")
    assert (role.kind, role.of, role.decay, role.plus) == ("mean", "g^2", "beta", "eps")
    assert found.proof.verdict == "proven"


def test_a_tensor_knows_the_rate_of_its_own_group_only() -> None:
    there = stage(recurring.Grouped)
    found = tuple(equations(there, {}, {"slow": "0.02"}))
    assert {each.text for each in found} == {"p ← p - lr * g"}
    assert all(each.proof.verdict == "proven" for each in found)


@pytest.mark.parametrize("equation", ["ij,jk->ik", "ij,jk->ki", "ji,jk->ik", "ij,kj->ik", "ab,cb->ca"])
def test_contractions_by_letters_are_those_products(equation: str) -> None:
    left, right = torch.randn(4, 4), torch.randn(4, 4)
    found = contracted("einsum", (equation, left, right), {})
    assert found is not None
    (one, other), turned = found
    product = (left.T if one == 0 else left) @ (right.T if other == 1 else right)
    assert torch.allclose(torch.einsum(equation, left, right), product.T if turned else product, atol=1e-6)


@pytest.mark.parametrize("equation", ["ij,ij->ij", "ij,jk->jk", "ii,ij->j", "ij,jk", "ijk,kl->ijl"])
def test_other_contractions_are_none(equation: str) -> None:
    assert contracted("einsum", (equation,), {}) is None
