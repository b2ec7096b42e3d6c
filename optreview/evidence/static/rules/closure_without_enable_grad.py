"""Closure under no_grad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class ClosureWithoutEnableGrad(Rule):
    """The closure is called while autograd is switched off.

    The closure computes the loss and calls `backward()`; under `torch.no_grad()` that raises "element 0 of
    tensors does not require grad". It belongs inside `with torch.enable_grad():`.

    It is fine when the closure is documented to need no gradient.
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
        ),
    )
    clean = (
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
        for event in reading.in_step("closure"):
            if not event.grad and event.name != "enabled":
                yield Hit.of(event, "The closure runs without gradients, so its `backward()` fails.")
