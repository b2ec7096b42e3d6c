"""Reads from device to host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.events import waiting
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class HostSync(Rule):
    """`step` reads a tensor's value into Python.

    On a GPU such a read waits until everything queued before it has run, once for each parameter if it stands
    in the inner loop. `.item()`, `float(t)`, `.tolist()` and `if t > x:` all do it. The value can often
    stay a tensor.

    It is fine for tensors kept on the CPU, as torch keeps its step counters; those are not reported.
    """

    severity = "warning"
    effort = "medium"
    remedy = "Keep the value in a tensor, or choose with `torch.where` instead of `if`."
    flawed = (
        Flawed(
            """\
import torch

class Trusted(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                ratio = p.norm().item()
                if p.grad.norm() > 1.0:
                    ratio = 1.0
                largest = p.grad.abs().max()
                large = largest > 1.0
                if large:
                    ratio = max(largest, p.norm())
                p.add_(p.grad[p.grad > 0].sum(), alpha=-group["lr"] * ratio)
                seen = p.grad != 0
                kept = ~seen & torch.isfinite(p)
                p.add_(p[seen].mean() + p[kept.reshape(p.shape)].mean())
                total = torch.zeros([]).to(p.device)
                total += p.norm()
                if total > 1:
                    p.div_(total)
""",
            (8, 9, 13, 14, 15, 18, 18, 21),
        ),
    )
    clean = (
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
                correction = 1 - group["beta"] ** state["step"].item()
                p.add_(p.grad, alpha=-float(group["lr"]) / correction)
""",
        """\
import torch

class Chosen(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = torch.tensor(0.0)
                    state["order"] = p.flatten().argsort()
                state["step"] += 1
                if torch.log(state["step"]) > 3 or torch.prod(torch.tensor(p.shape)) > 10:
                    p.add_(p.grad)
                seen = p.grad != 0
                p.copy_(torch.where(seen, p, p.grad * seen).flatten()[state["order"]].view_as(p))
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each read; a tensor that was made on the CPU is none."""
        for events in waiting(reading.in_step("sync")):
            first = events[0]
            how = _WORDS.get(first.name, f"`{first.name}`")
            always = any(event.certain for event in events)
            message = f"{how} reads a tensor back to the host{first.condition}."
            yield Hit.of(first, message[:1].upper() + message[1:], "likely" if always else "possible")


_WORDS = {"bool()": "the condition", "a mask": "the choice by a mask"}
