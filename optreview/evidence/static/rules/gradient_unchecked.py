"""Gradients taken for granted."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule
from optreview.evidence.static.source import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class GradientUnchecked(Rule):
    """`step` uses `p.grad` and never asks whether there is one.

    A parameter that took no part in the loss has `grad = None`: a frozen layer, an unused branch, a head that
    is trained later. Every optimizer of torch.optim skips such parameters; this one raises.

    It is fine when the class documents that every parameter must have a gradient.
    """

    severity = "error"
    effort = "trivial"
    remedy = "Skip parameters whose `grad` is None."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])
""",
            (8,),
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
                if p.grad is None:
                    continue
                p.add_(p.grad, alpha=-group["lr"])
""",
        """\
import torch

class Filtered(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in filter(lambda p: p.grad is not None, group["params"]):
                p.add_(p.grad, alpha=-group["lr"])
""",
        """\
import torch

class Listed(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            grads = [p.grad for p in group["params"] if p.grad is not None]
            torch._foreach_mul_(grads, 2.0)
""",
        """\
import torch

class Named(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if (grad := p.grad) is not None:
                    p.add_(grad, alpha=-group["lr"])
""",
        """\
import torch

class Tried(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                try:
                    p.add_(p.grad, alpha=-group["lr"])
                except TypeError:
                    continue
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at the first gradient that is read when nothing that ``step`` reaches asks for None."""
        reads = reading.in_step("gradient")
        if not reads or reading.in_step("none_check") or _asked(reading):
            return
        yield Hit.of(reads[0], "`step` never asks whether a parameter has a gradient.", "likely")


def _asked(reading: Reading) -> bool:
    """Whether a test for None mentions gradients in a way that interpretation does not follow."""
    for _, body in syntax.bodies(reading):
        for node in syntax.walk(body):
            if isinstance(node, ast.Compare) and any(_none(entry) for entry in node.comparators):
                if any("grad" in name for name in _words(node.left)):
                    return True
            elif isinstance(node, ast.Try) and any("grad" in name for name in _words(node)):
                return True
    return False


def _none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _words(node: ast.AST) -> Iterator[str]:
    for entry in syntax.walk(node):
        if isinstance(entry, ast.Attribute):
            yield entry.attr
        elif isinstance(entry, ast.Name):
            yield entry.id
