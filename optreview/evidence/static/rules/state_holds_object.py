"""Objects in the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.code_values import Instance
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class StateHoldsObject(Rule):
    """An object of a class of its own is stored in the state.

    `torch.load`, which since PyTorch 2.6 reads tensors and plain values only, refuses the checkpoint;
    `load_state_dict` does not move the tensors inside the object to the parameter's device; and what it holds
    does not show up in the size of the state.

    It is fine when checkpoints are never written, or only read with `weights_only=False`.
    """

    severity = "warning"
    effort = "medium"
    remedy = "Store the object's tensors in the state, and make the object from them."
    flawed = (
        Flawed(
            """\
import torch

class Projector:
    def __init__(self, rank):
        self.basis = torch.zeros(rank)

class Projected(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["projector"] = Projector(4)
""",
            (14,),
        ),
    )
    clean = (
        """\
import torch

class Projector:
    def __init__(self, basis):
        self.basis = basis

class Projected(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["basis"] = torch.zeros(4)
                projector = Projector(state["basis"])
                state["list"] = [projector.basis]
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each key, at the first place that stores an object under it."""
        seen: set[str] = set()
        for event in reading.of("write", "global_write"):
            held = sorted(atom.ref.name for atom in event.value if isinstance(atom, Instance))
            if held and event.name not in seen:
                seen.add(event.name)
                yield Hit.of(event, f"`{event.name}` holds an object of class `{held[0]}`, not tensors.")
