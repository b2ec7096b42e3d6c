"""Step outside no_grad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.modules import dotted_name
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst as cst

    from optreview.evidence.static.reading import Reading


class MissingNoGrad(Rule):
    """`step` updates the parameters while autograd records.

    Without `@torch.no_grad()` every operation of `step` on a parameter is either refused by autograd or
    recorded in a graph that keeps tensors alive. Code of the time before `no_grad` works around it with
    `.data`, which also hides mistakes from autograd's version checks.

    It is fine when the step is meant to be differentiated through.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Decorate `step` with `@torch.no_grad()`, and call the closure inside `torch.enable_grad()`."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.data.add_(p.grad, alpha=-group["lr"])
""",
            (7,),
        ),
    )
    clean = (
        """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])
""",
        """\
import torch

class Plain(torch.optim.Optimizer):
    def step(self, closure=None):
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p.add_(p.grad, alpha=-group["lr"])
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at ``step`` when a parameter is written while autograd records."""
        step = reading.lineage.method("step")
        if step is None or not all(_understood(entry) for entry in step.node.decorators):
            return
        written = [
            event
            for event in reading.in_step("in_place")
            if event.grad and any(tensor.role == "parameter" for tensor in event.tensors)
        ]
        if written:
            message = (
                "`step` updates parameters without `torch.no_grad()`, so autograd records while it runs."
            )
            plain = any(not tensor.detached for event in written for tensor in event.tensors)
            place = step.owner.module.location(step.node.name)
            yield Hit(place, message, "likely" if plain else "certain")


def _understood(decorator: cst.Decorator) -> bool:
    """Torch's own decorators are known; any other may well switch gradients off."""
    return dotted_name(decorator.decorator).startswith(("torch.", "override", "typing."))
