"""Step that takes no closure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class StepWithoutClosure(Rule):
    """`step` has no parameter for a closure.

    `Optimizer.step(closure=None)` is the interface that training frameworks rely on: Lightning calls
    `optimizer.step(closure)` for every optimizer. A step without the parameter raises a TypeError there.

    It is fine in code that is only ever called by its own training loop.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Accept `closure=None`, call it inside `torch.enable_grad()`, and return its loss."
    flawed = (
        Flawed(
            """\
import torch

class Bare(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self):
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

class Usual(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        return None
""",
        """\
import torch

class Open(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, *args, **kwargs):
        return None
""",
        """\
import torch

class Renamed(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, loss_closure=None):
        return None
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at ``step`` when it takes nothing at all."""
        step = reading.lineage.method("step")
        if step is None:
            return
        declared = step.node.params
        named = [*declared.posonly_params, *declared.params][1:] or declared.kwonly_params
        if not named and declared.star_kwarg is None and not isinstance(declared.star_arg, cst.Param):
            yield Hit(step.owner.module.location(step.node.name), "`step` takes no closure.")
