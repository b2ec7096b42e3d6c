"""Gradients changed in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts.wrappers import wrapped
from optreview.evidence.static.interpreter.events import by_node
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class GradientMutated(Rule):
    """`step` writes into `p.grad`.

    Whoever reads the gradient afterwards sees another one: gradient accumulation over several steps,
    logging of gradient norms, a second optimizer on the same parameters, or a closure that is evaluated
    again. Weight decay added in place and negation for `maximize` are the usual causes.

    It is fine when the gradient is known to be thrown away after every step; it saves one temporary. A class
    that changes gradients for an optimizer that it wraps, and no parameter itself, is not reported.
    """

    severity = "warning"
    effort = "small"
    remedy = "Write the out-of-place form, `grad = grad.add(…)`, or write into a clone."
    flawed = (
        Flawed(
            """\
import torch

class Decayed(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad
                if group["weight_decay"] != 0:
                    grad.add_(p, alpha=group["weight_decay"])
                p.add_(grad, alpha=-group["lr"])
""",
            (10,),
        ),
        Flawed(
            """\
import torch

class Listed(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            grads = []
            for p in group["params"]:
                grads.append(p.grad)
            torch._foreach_neg_(grads)
""",
            (10,),
        ),
    )
    clean = (
        """\
import torch

class Decayed(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad
                if group["maximize"]:
                    grad = -grad
                if group["weight_decay"] != 0:
                    if group["maximize"]:
                        grad.add_(p, alpha=group["weight_decay"])
                    else:
                        grad = grad.add(p, alpha=group["weight_decay"])
                p.add_(grad, alpha=-group["lr"])
""",
        """\
import torch

class Cloned(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad.clone()
                grad.mul_(2.0)
                p.add_(grad, alpha=-group["lr"])
""",
        """\
import torch

class Clipped(torch.optim.Optimizer):
    def __init__(self, optimizer, most=1.0):
        self.optimizer = optimizer
        super().__init__(optimizer.param_groups, dict(most=most))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.grad.clamp_(max=group["most"])
        return self.optimizer.step(closure)
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each writing operation whose target is a gradient, but for what only hands them on."""
        written = {tensor.role for event in reading.in_step("in_place") for tensor in event.tensors}
        if wrapped(reading) and not written & {"parameter", "unknown"}:
            return
        for events in by_node(reading.in_step("in_place")):
            held = [event for event in events if any(tensor.role == "gradient" for tensor in event.tensors)]
            if not held:
                continue
            operation = held[0].name.removesuffix("(out=)")
            plain = len(held) == len(events)
            changes = "changes" if plain else "can change"
            message = f"`{operation}` {changes} the caller's gradient in place{held[0].condition}."
            yield Hit.of(held[0], message, "certain" if plain else "likely")
