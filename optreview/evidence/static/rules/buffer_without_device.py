"""State made on the CPU by omission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.values import Tensor
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class BufferWithoutDevice(Rule):
    """A buffer of the state is created without saying on which device.

    It lies on the CPU then. With parameters on a GPU the first operation that uses both fails.

    It is fine for step counters and other tensors without dimensions, which PyTorch lets mix with tensors on
    any device; those are not reported.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Use `torch.zeros_like(p)`, or pass `device=p.device`."
    flawed = (
        Flawed(
            """\
import torch

class Factored(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["rows"] = torch.zeros(p.shape[0])
                state["rows"].add_(p.grad.sum(dim=1))
""",
            (10,),
        ),
    )
    clean = (
        """\
import torch

class Factored(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = torch.tensor(0.0)
                    state["count"] = torch.zeros(())
                    state["rows"] = torch.zeros(p.shape[0], device=p.device)
                    state["columns"] = torch.zeros(p.shape[1]).to(p.device)
                    state["average"] = torch.zeros_like(p)
                    state["older"] = p.new_zeros(p.shape[0])
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each buffer with dimensions that is made without a device."""
        for event in reading.of("write"):
            held = [atom for atom in event.value if isinstance(atom, Tensor)]
            if held and all(atom.host and atom.size != "scalar" for atom in held):
                yield Hit.of(event, f"`{event.name}` is created without a device, so it lies on the CPU.")
