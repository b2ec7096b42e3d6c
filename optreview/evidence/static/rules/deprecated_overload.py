"""Scalar before tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.edits import Edit, extent
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading


class DeprecatedOverload(Rule):
    """An operation gets its scalar before its tensors, as before PyTorch 1.5.

    `add_(scalar, tensor)`, `addcmul_(scalar, t1, t2)` and `addcdiv_(scalar, t1, t2)` are deprecated and warn;
    the scalar belongs into `alpha=` or `value=`.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Put the tensors first and pass the scalar as `alpha=` or `value=`."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(-group["lr"], p.grad)
                p.addcdiv_(-group["lr"], p.grad, p.grad.sqrt())
""",
            (8, 9),
            fixed="""\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])
                p.addcdiv_(p.grad, p.grad.sqrt(), value=-group["lr"])
""",
        ),
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.addcmul_(
                    (-group["lr"]),  # down
                    p.grad, (
                        p.grad + 1
                    )
                )
""",
            (8,),
            fixed="""\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.addcmul_(
                    p.grad,  # down
                    (
                        p.grad + 1
                    ), value=(-group["lr"])
                )
""",
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
                p.add_(p.grad, alpha=-group["lr"])
                p.addcdiv_(p.grad, p.grad.sqrt(), value=-group["lr"])
                p.add_(group["eps"])
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each call in the class's own module."""
        for event in reading.of("overload"):
            if reading.own(event):
                keyword = "alpha" if event.name.rstrip("_") in {"add", "sub"} else "value"
                message = f"`{event.name}` gets its scalar first; pass it as `{keyword}=`."
                yield Hit.of(event, message, edits=_reordered(event, keyword))


def _reordered(event: Event, keyword: str) -> tuple[Edit, ...]:
    """The tensors move one place forward and the scalar goes last; what stands between them stays."""
    if not isinstance(event.node, cst.Call):
        return ()
    arguments = event.node.args
    if any(entry.keyword is not None or entry.star for entry in arguments):
        return ()
    places = [extent(event.module, entry) for entry in arguments]
    scalar, *tensors = (event.module.code[start:end] for start, end in places)
    texts = [*tensors, f"{keyword}={scalar}"]
    return tuple(Edit(start, end, text) for (start, end), text in zip(places, texts, strict=True))
