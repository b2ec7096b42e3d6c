"""State replaced instead of updated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.values import Tensor
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading


class StateRebound(Rule):
    """A buffer of the state is replaced by a new tensor in every step instead of being updated in place.

    Every step then allocates the buffer anew, old and new exist side by side for a moment, and what keeps a
    reference to the old tensor (a captured CUDA graph, a sharded copy) no longer sees the state.

    It is fine where the new value cannot be computed in place, as a matrix root or an eigenbasis.
    """

    severity = "info"
    effort = "small"
    remedy = "Update the buffer in place: `buffer.mul_(beta).add_(grad, alpha=1 - beta)`."
    flawed = (
        Flawed(
            """\
import torch

class Averaged(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["average"] = torch.zeros_like(p)
                state["average"] = 0.9 * state["average"] + 0.1 * p.grad
                p.add_(state["average"], alpha=-group["lr"])
""",
            (11,),
        ),
        Flawed(
            """\
import torch

class Named(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["average"] = torch.zeros_like(p)
                average = state["average"].lerp(p.grad, 0.1)
                state["average"] = average
                p.add_(average, alpha=-group["lr"])
""",
            (12,),
        ),
    )
    clean = (
        """\
import torch

class Averaged(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["average"] = torch.zeros_like(p)
                state["average"].mul_(0.9).add_(p.grad, alpha=0.1)
                p.add_(state["average"], alpha=-group["lr"])
""",
        """\
import torch

class Once(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if "start" not in state:
                    state["start"] = p.clone()
                p.add_(state["start"], alpha=-group["lr"])
""",
        """\
import torch

class Counted(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                state["norm"] = p.grad.norm()
                state["step"] = state.get("step", 0) + 1
                p.add_(p.grad, alpha=-group["lr"])
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each assignment of a new full-size tensor to a key that was there before."""
        writes: dict[str, list[Event]] = {}
        for event in reading.in_step("write"):
            writes.setdefault(event.name, []).append(event)
        read = {access.name for access in reading.accesses if access.what == "state"}
        for key, events in writes.items():
            fresh = {event.node for event in events if _fresh(event)}
            for event in events:
                if key in read and event.node not in fresh and fresh and _replaces(event):
                    yield Hit.of(event, f"Every step stores a new tensor under `{key}`{event.condition}.")


def _fresh(event: Event) -> bool:
    """Made for a parameter that has no state yet, or while starting."""
    return any(guard.traits & {"param_state", "state", "none", "counter"} for guard in event.guards)


def _replaces(event: Event) -> bool:
    held = [atom for atom in event.value if isinstance(atom, Tensor)]
    return bool(held) and all(atom.role == "temporary" and atom.size == "full" for atom in held)
