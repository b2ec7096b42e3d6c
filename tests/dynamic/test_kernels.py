"""Products of narrow numbers under the ledger: the values of the kernels, to rounding, and the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from optreview.evidence.dynamic.memory.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable


def numbers(*shape: int, dtype: torch.dtype = torch.bfloat16) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape))).to(dtype)


def into(call: Callable[..., Any], shape: tuple[int, ...]) -> Any:
    found = torch.full(shape, 7.0, dtype=torch.bfloat16)
    assert call(out=found) is found
    return found


A, B, C = numbers(24, 16), numbers(16, 40), numbers(24, 40)
PRODUCTS: dict[str, Callable[[], Any]] = {
    "mm": lambda: A @ B,
    "of a view": lambda: A @ B.T.contiguous().T,
    "mv": lambda: A @ B[:, 0],
    "bmm": lambda: torch.bmm(A[None], B[None]),
    "addmm": lambda: torch.addmm(C, A, B, beta=-0.5, alpha=2.0),
    "baddbmm": lambda: torch.baddbmm(C[None], A[None], B[None], beta=0.5),
    "mm into": lambda: into(lambda out: torch.mm(A, B, out=out), (24, 40)),
    "addmm into": lambda: into(lambda out: torch.addmm(C, A, B, beta=0.5, out=out), (24, 40)),
    "half": lambda: A.half() @ B.half(),
    "wide": lambda: A.float() @ B.float(),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_is_what_it_is_without_the_ledger(name: str) -> None:
    expected = PRODUCTS[name]()
    with Ledger() as ledger:
        found = PRODUCTS[name]()
        size = ledger.live
    assert (found.shape, found.dtype, found.stride()) == (expected.shape, expected.dtype, expected.stride())
    torch.testing.assert_close(found, expected, rtol=2e-2, atol=2e-2)
    assert size >= found.numel() * found.element_size()


def test_the_ledger_counts_the_result_and_not_how_it_was_computed() -> None:
    with Ledger() as ledger:
        found = A @ B
        assert (ledger.live, ledger.peak, ledger.operations) == (found.nbytes, found.nbytes, 1)


def test_what_torch_refuses_is_refused() -> None:
    for one, other in ((A, A), (A, B.float())):
        with Ledger(), pytest.raises(RuntimeError):
            one @ other
