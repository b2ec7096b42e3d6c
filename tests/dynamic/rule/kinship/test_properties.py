"""What functions compute is found by trying them, and what is only like it is not taken for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from optreview.evidence.dynamic.rule.kinship.prints import prints, same
from optreview.evidence.dynamic.rule.kinship.properties._property import properties
from optreview.records import Meaning

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

WIDE, SQUARE = ((11, 7),), ((7, 7),)


def newton_schulz(x: Tensor) -> Tensor:
    x = x / x.norm()
    x = x.T if x.shape[0] > x.shape[1] else x
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    found: Tensor = x.T
    return found


def polar(x: Tensor) -> Tensor:
    u, _, v = torch.linalg.svd(x, full_matrices=False)
    found: Tensor = 0.2 * u @ v
    return found


def root(n: float) -> Callable[[Tensor], Tensor]:
    def compute(a: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(a)
        made: Tensor = vectors * values ** (-1 / n) @ vectors.T
        return made

    return compute


def half_way(x: Tensor) -> Tensor:
    u, s, v = torch.linalg.svd(x, full_matrices=False)
    found: Tensor = u * s.sqrt() @ v
    return found


def found(block: Callable[..., Tensor], shapes: tuple[tuple[int, ...], ...]) -> dict[str, float]:
    told = {}
    for each in properties():
        try:
            one = each().found(block, shapes)
        except RuntimeError:
            continue
        if one is not None:
            told[each().id] = one.error
    return told


def test_an_iteration_is_near_the_orthogonal_matrix_and_a_decomposition_is_at_it() -> None:
    assert 0.05 < found(newton_schulz, WIDE)["orthogonalised"] < 0.4
    assert found(polar, WIDE)["orthogonalised"] < 1e-9


@pytest.mark.parametrize("block", [half_way, lambda x: x / x.norm(), torch.sign, lambda x: x, torch.tanh])
def test_other_functions_of_matrices_do_not_orthogonalise(block: Callable[[Tensor], Tensor]) -> None:
    assert "orthogonalised" not in found(block, WIDE)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_an_inverse_root_is_told_with_its_number(n: int) -> None:
    each = next(one for one in properties() if one().id == "inverse_root")
    told = each().found(root(n), SQUARE)
    assert told is not None
    assert f"A^(-1/{n})" in told.says
    assert each().found(root(n + 0.5), SQUARE) is None
    assert each().found(root(-2), SQUARE) is None


@pytest.mark.parametrize(
    ("block", "shapes", "wanted"),
    [
        (torch.sign, WIDE, {"sign"}),
        (lambda x: x.norm(), WIDE, {"norm"}),
        (lambda x: x / x.norm(), WIDE, {"unit"}),
        (torch.nn.functional.normalize, WIDE, {"unit_rows"}),
        (lambda x: torch.nn.functional.normalize(x, dim=0), WIDE, {"unit_columns"}),
        (lambda x: x / x.pow(2).mean().sqrt(), WIDE, {"rms"}),
        (lambda x: x.fill_(3.0), WIDE, {"constant"}),
        (lambda x, y: torch.cosine_similarity(x.view(1, -1), y.view(1, -1)), WIDE * 2, {"cosine"}),
        (torch.cosine_similarity, WIDE * 2, {"cosine_rows"}),
        (lambda x, y: x - y * (x * y).sum() / (y * y).sum(), WIDE * 2, {"projection"}),
        (lambda x: x / (x.norm() + 0.01), WIDE, set()),
        (lambda x, y: x - y * (x * y).mean(), WIDE * 2, set()),
        (lambda x: torch.sign(x) * (x.abs() > 0.01), WIDE, set()),
    ],
)
def test_what_a_function_computes(
    block: Callable[..., Tensor], shapes: tuple[tuple[int, ...], ...], wanted: set[str]
) -> None:
    assert set(found(block, shapes)) == wanted


def test_a_function_is_known_again_by_what_it_makes_of_set_inputs() -> None:
    one = Meaning(block="a", prints=tuple(prints(newton_schulz, WIDE)))
    again = Meaning(block="b", prints=tuple(prints(lambda x: newton_schulz(3 * x), WIDE)))
    other = Meaning(block="c", prints=tuple(prints(polar, WIDE)))
    assert same(one, again)
    assert not same(one, other)
    assert not same(one, Meaning(block="d"))
