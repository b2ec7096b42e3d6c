"""Buffers without a use."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.queries import spread
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.interpreter.values import Tensor
    from optreview.evidence.static.reading import Reading


class StateNeverRead(Rule):
    """A tensor is stored in the state and never looked up again.

    It takes memory, for each parameter, and is saved in every checkpoint, for nothing.

    It is fine when the value is there to be looked at, such as a norm for a log; what is only stored step by
    step, and not prepared with the rest of the state, is not reported.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Stop storing it, or read it where it was meant to be used."
    flawed = (
        Flawed(
            """\
import torch

class Stored(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["average"] = torch.zeros_like(p)
                    state["previous"] = torch.zeros_like(p)
                state["step"] += 1
                state["average"].mul_(0.9).add_(p.grad)
                p.add_(state["average"], alpha=-group["lr"])
""",
            (12,),
        ),
    )
    clean = (
        """\
import torch

class Read(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["average"] = torch.zeros_like(p)
                    for name in ("first", "second"):
                        state[f"{name}_moment"] = torch.zeros_like(p)
                    state["rest"] = torch.zeros_like(p)
                p.add_(state["average"] + state["first_moment"] + state["second_moment"])
                p.add_(state.pop("rest"))
""",
        """\
import torch

class Looped(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                state["average"] = torch.zeros_like(p)
                for buffer in state.values():
                    p.add_(buffer)
""",
        """\
import torch

class Asked(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if "seen" not in state:
                    state["seen"] = torch.zeros_like(p)

    def average(self, p):
        return self.state[p]["average"]
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each key that holds tensors, at the first place that writes it."""
        if reading.limits:
            return
        writes: dict[str, list[Event]] = {}
        for event in reading.of("write"):
            writes.setdefault(event.name, []).append(event)
        written = {event.node for events in writes.values() for event in events}
        looked = {
            access.name
            for access in reading.accesses
            if access.what == "state" and access.node not in written
        }
        for key, events in writes.items():
            held = [tensor for event in events for tensor in spread(event.value)]
            if (
                key in looked
                or any(_covers(name, key) for name in looked)
                or not any(_large(tensor) for tensor in held)
            ):
                continue
            if not any(_prepared(event) for event in events):
                continue
            yield Hit.of(events[0], f"`{key}` is stored in the state and never read.", "likely")


def _large(tensor: Tensor) -> bool:
    return tensor.size in {"full", "partial"}


def _prepared(event: Event) -> bool:
    """Whether the key is made with a fresh state; what each step stores anew is a log."""
    return any(guard.traits & {"param_state", "state"} for guard in event.guards)


def _covers(name: str, key: str) -> bool:
    """Whether looking up a name, known in part, can mean a key, known in part."""
    if "*" not in name and "*" not in key:
        return name == key
    return fnmatchcase(key, name) or fnmatchcase(name, key)
