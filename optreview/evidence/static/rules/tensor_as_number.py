"""Tensors given where numbers are expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.events import waiting
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class TensorAsNumber(Rule):
    """A tensor is passed as `alpha=` or `value=`, which take a number.

    PyTorch reads the tensor's value to get the number. On a GPU that waits until everything queued before it
    has run, and nothing in the line shows it.

    It is fine for tensors kept on the CPU, such as step counters; those are not reported.
    """

    severity = "warning"
    effort = "small"
    remedy = "Multiply with the tensor first: `p.add_(grad * step_size)`."
    flawed = (
        Flawed(
            """\
import torch

class Normalised(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                ratio = p.norm() / p.grad.norm()
                p.add_(p.grad, alpha=-ratio)
                torch.add(p, p.grad, alpha=ratio, out=p)
""",
            (9, 10),
        ),
    )
    clean = (
        """\
import torch

class Normalised(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                ratio = p.norm() / p.grad.norm()
                p.add_(p.grad * ratio, alpha=-group["lr"])
""",
        """\
import torch

class Counted(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = torch.tensor(0.0)
                state["step"] += 1
                correction = 1 - group["beta"] ** state["step"]
                p.add_(p.grad, alpha=-group["lr"] / correction)
""",
        """\
import torch

class Read(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-p.norm().item())
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each such argument; a tensor that was made on the CPU is none."""
        for first, *_ in waiting(reading.in_step("scalar_tensor")):
            message = f"`{first.name}` is given a tensor, whose value is read back to the host"
            yield Hit.of(first, f"{message}{first.condition}.", "likely")
