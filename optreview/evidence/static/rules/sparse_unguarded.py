"""Sparse gradients not thought of."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from optreview.evidence.static.facts import sparse_verdict
from optreview.evidence.static.facts.wrappers import wrapped
from optreview.evidence.static.rule import Flawed, Hit, Rule
from optreview.evidence.static.source import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class SparseUnguarded(Rule):
    """Nothing that `step` runs asks whether a gradient is sparse.

    Embeddings with `sparse=True` give sparse gradients. An optimizer made for dense ones should refuse them
    with a clear error; otherwise it fails somewhere inside, or silently updates less than it should.

    It is fine when the operations happen to work for sparse gradients too, which only a run can tell. Steps
    without an operation that needs dense gradients, and optimizers that wrap another, are not reported.
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

class Linear(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad, alpha=-group["lr"])
""",
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
        """One hit at ``step`` when sparse gradients are never mentioned and an operation cannot take one."""
        step = reading.lineage.method("step")
        updates = any(
            tensor.role == "parameter" for event in reading.in_step("in_place") for tensor in event.tensors
        )
        if step is None or not updates or wrapped(reading):
            return
        if sparse_verdict(reading).handling == "unmentioned" and _needs_dense(reading):
            place = step.owner.module.location(step.node.name)
            yield Hit(
                place, "No line was found by which `step` handles or refuses a sparse gradient.", "likely"
            )


def _needs_dense(reading: Reading) -> bool:
    """Whether a gradient goes into an operation that has no sparse form: products, views, comparisons."""
    return any(
        any(map(_gradient, _operands(node)))
        for _, body in syntax.bodies(reading)
        for node in syntax.walk(body)
    )


def _operands(node: ast.AST) -> list[ast.expr]:
    """The tensors of an operation that needs dense ones."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _DENSE:
        return [node.func.value, *node.args]
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Gt | ast.Lt):
        return [node.left] if isinstance(node.left, ast.BinOp) else []
    return []


def _gradient(node: ast.AST) -> bool:
    return any(
        "grad" in (leaf.id if isinstance(leaf, ast.Name) else leaf.attr)
        for leaf in syntax.walk(node)
        if isinstance(leaf, ast.Name | ast.Attribute)
    )


_DENSE = frozenset(
    {
        "addcmul", "addcmul_", "addcdiv", "addcdiv_", "lerp", "lerp_", "view", "reshape", "flatten",
        "clamp", "clamp_", "matmul", "dot", "max", "maximum", "minimum", "where", "svd", "qr", "eigh",
        "_foreach_addcmul_", "_foreach_lerp_", "_foreach_addcdiv_",
    }
)  # fmt: skip
