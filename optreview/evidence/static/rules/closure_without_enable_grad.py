"""Closure under no_grad."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from optreview.evidence.static.edits import recording
from optreview.evidence.static.rule import Flawed, Hit, Rule
from optreview.evidence.static.source import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class ClosureWithoutEnableGrad(Rule):
    """The closure is called while autograd is switched off.

    The closure computes the loss and calls `backward()`; under `torch.no_grad()` that raises "element 0 of
    tensors does not require grad". It belongs inside `with torch.enable_grad():`.

    It is fine when the closure is documented to need no gradient, or when a function of the optimizer's own
    may be called in its place.
    """

    severity = "error"
    effort = "trivial"
    remedy = "Call the closure inside `with torch.enable_grad():`."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            loss = closure()
        return loss
""",
            (8,),
            fixed="""\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        return loss
""",
        ),
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        if closure is not None: closure()
""",
            (6,),
        ),
    )
    clean = (
        """\
import torch

class Prepared(torch.optim.Optimizer):
    def set_closure(self, prepared):
        self.prepared = prepared

    @torch.no_grad()
    def step(self, closure=None):
        return (closure or self.prepared)()
""",
        '''\
import torch

class Polyak(torch.optim.Optimizer):
    """Steps by the loss, after the backward pass: `optimizer.step(lambda: float(loss))`."""

    @torch.no_grad()
    def step(self, closure):
        loss = closure()
        return loss
''',
        """\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        return loss
""",
        """\
import torch

class Wrapped(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure):
        closure = torch.enable_grad()(closure)
        return closure()
""",
        """\
import torch

class Old(torch.optim.Optimizer):
    def step(self, closure=None):
        return closure() if closure is not None else None
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each call of the closure that runs without gradients."""
        found = [event for event in reading.in_step("closure") if not event.grad and not event.name]
        if not found or _needs_none(reading):
            return
        for event in found:
            message = "The closure runs without gradients, so its `backward()` fails."
            yield Hit.of(event, message, edits=recording(event.module, [event.node]) or ())


def _needs_none(reading: Reading) -> bool:
    """Whether documentation or an error message shows a closure without a backward pass."""
    return any(
        isinstance(node, ast.Constant) and isinstance(node.value, str) and "step(lambda" in node.value
        for _, owner in syntax.classes(reading)
        for node in syntax.walk(owner)
    )
