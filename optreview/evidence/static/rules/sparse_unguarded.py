"""Sparse gradients not thought of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts import sparse_verdict
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class SparseUnguarded(Rule):
    """Nothing that `step` runs asks whether a gradient is sparse.

    Embeddings with `sparse=True` give sparse gradients. An optimizer made for dense ones should refuse them
    with a clear error; otherwise it fails somewhere inside, or silently updates less than it should.

    It is fine when the operations happen to work for sparse gradients too, which only a run can tell.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Raise a `RuntimeError` when `grad.is_sparse`, or handle it."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.addcmul_(p.grad, p.grad, value=-group["lr"])
""",
            (5,),
        ),
    )
    clean = (
        """\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad.is_sparse:
                    raise RuntimeError("sparse gradients are not supported")
                p.add_(p.grad, alpha=-group["lr"])
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at ``step`` when it updates parameters itself and sparse gradients are never mentioned."""
        step = reading.lineage.method("step")
        updates = any(
            tensor.role == "parameter" for event in reading.in_step("in_place") for tensor in event.tensors
        )
        if step is not None and updates and sparse_verdict(reading).handling == "unmentioned":
            place = step.owner.module.location(step.node.name)
            yield Hit(place, "`step` never asks whether a gradient is sparse.", "likely")
