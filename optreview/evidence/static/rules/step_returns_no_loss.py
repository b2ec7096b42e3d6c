"""Step without a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.values import NULL
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class StepReturnsNoLoss(Rule):
    """`step` takes a closure but does not return its loss.

    Training loops that pass a closure use what `step` returns for logging and for schedulers; with None they
    fail or log nothing.
    """

    severity = "info"
    effort = "trivial"
    remedy = "Return what the closure returned."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        if closure is not None:
            with torch.enable_grad():
                closure()
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])
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
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        return loss
""",
        """\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at ``step`` when it has a closure and every return gives None."""
        step = reading.lineage.method("step")
        if step is None or not any(entry.name.value == "closure" for entry in step.node.params.params):
            return
        returned = any(event.value not in {NULL, frozenset()} for event in reading.in_step("return"))
        if returned or reading.interrupted:  # what was not followed may be what returns it
            return
        place = step.owner.module.location(step.node.name)
        yield Hit(place, "`step` takes a closure but never returns its loss.")
