"""How state is divided among families of shapes, as closed forms have it."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest
import torch

from optreview.evidence.dynamic.memory.account import Holdings, account, total_bytes
from optreview.evidence.dynamic.memory.ledger import Ledger
from optreview.evidence.dynamic.memory.roots import Roots
from optreview.evidence.dynamic.verify_memory import divided
from optreview.evidence.dynamic.wire import Driven, Ran
from optreview.records import Recipe, TensorShape, Workload
from optreview.records.memory import Share
from tests import samples


class Mixed(torch.optim.SGD):
    """Momentum, and a buffer in float32 for matrices alone; one element for each tensor besides."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        super().step(closure)
        for p in self.param_groups[0]["params"]:
            state = self.state[p]
            state.setdefault("scalar", torch.zeros((), dtype=torch.float64))
            state.setdefault("view", torch.zeros(1000)[:1] if p.ndim > 2 else None)
            if p.ndim == 2:
                state.setdefault("mu", torch.zeros(p.shape, dtype=torch.float32))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_shares_are_those_of_a_closed_form(dtype: torch.dtype) -> None:
    shapes = {"conv": (4, 3, 3, 3), "matrix": (20, 30), "vector": (20,)}
    parameters = [torch.nn.Parameter(torch.ones(shape, dtype=dtype)) for shape in shapes.values()]
    roots = Roots(Mixed)
    ledger = Ledger(roots.tensors)
    ledger.record(parameters)
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)
    with ledger:
        optimizer = Mixed(parameters, 1e-3, 0.9)
        optimizer.step()
    found = account(ledger, Holdings(optimizer, parameters, roots), parameters, total_bytes(parameters))
    elements = {each: prod(shape) for each, shape in shapes.items()}
    expected = {("momentum_buffer", each): dtype.itemsize * count for each, count in elements.items()}
    expected |= {("mu", "matrix"): 4 * elements["matrix"], ("view", "conv"): 4 * 1000}
    assert {(share.key, share.family): share.bytes for share in found.shares} == expected
    assert found.declared == sum(expected.values()) + 8 * len(shapes)


def claims(*shares: tuple[str, str, int]) -> str | None:
    """What is said of shares of a buffer ``m`` of 4,000 bytes, on matrices and vectors."""
    recipe = Recipe(protocol="plain", arguments=(), snippet="", ordinary_loop=True)
    tensors = (TensorShape(name="w", shape=(30, 30)), TensorShape(name="b", shape=(100,)))
    driven = Driven(workload=Workload(name="small", tensors=tensors), recipe=recipe)
    held = tuple(Share(key=key, family=each, bytes=size) for key, each, size in shares)  # type: ignore[arg-type]
    run = samples.run("toy:Toy", (samples.buffer("m", 4000),))
    return divided([driven, Ran(run=run, shares=held)])


def test_shares_that_cannot_be_are_seen() -> None:
    assert claims() is None
    assert claims(("m", "matrix", 3600), ("m", "vector", 400)) is None
    assert claims(("m", "matrix", 3600), ("m", "vector", 401)) == "the shares of a buffer are more than it"
    assert claims(("n", "matrix", 1)) == "the shares of a buffer are more than it"
    assert claims(("m", "matrix", -1)) == "the shares of a buffer are more than it"
    assert claims(("m", "conv", 1)) == "a buffer belongs to parameters that are not there"
    assert claims(("m", "matrix", 1), ("m", "matrix", 1)) == "a share of a buffer comes twice"
