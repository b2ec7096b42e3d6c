"""Use of ``.data``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class DataAttribute(Rule):
    """A tensor is reached through `.data`.

    `.data` gives the same memory without autograd's version counter, so a write through it can silently
    corrupt a later backward pass. Inside `torch.no_grad()` it is not needed.

    It is fine where a parameter's storage is replaced on purpose, as memory-saving wrappers do.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Decorate `step` with `@torch.no_grad()` and drop `.data`."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad.data
                p.data.add_(grad, alpha=-group["lr"])
""",
            (8, 9),
        ),
    )
    clean = (
        """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, data):
        super().__init__(params, {})
        self.data = data

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-self.data)
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each place in the class's own module."""
        for event in reading.of("data"):
            if reading.own(event):
                what = (
                    "is replaced through `.data`" if event.name == "assign" else "is reached through `.data`"
                )
                role = event.tensors[0].role
                subject = f"The {role}" if role in {"parameter", "gradient"} else "A tensor"
                yield Hit.of(event, f"{subject} {what}, out of autograd's sight.")
