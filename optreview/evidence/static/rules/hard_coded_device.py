"""A device written into the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading

_ACCELERATORS = ("cuda", "mps", "xpu", "hpu", "npu", "xla")


class HardCodedDevice(Rule):
    """A tensor is made on, or moved to, an accelerator that the code names.

    On a machine without it the call fails, and with several devices the tensor lands on the first one
    wherever the parameters are.

    It is fine in code that only runs after asking for that device. Tensors kept on `"cpu"` on purpose, as
    step counters are, are not reported.
    """

    severity = "info"
    effort = "trivial"
    remedy = "Use the parameter's device: `device=p.device`."
    flawed = (
        Flawed(
            """\
import torch

class Moved(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            scale = torch.ones(3, device="cuda")
            for p in group["params"]:
                p.add_(p.grad.cuda() * scale.to("cuda:0"))
""",
            (7, 9, 9),
        ),
    )
    clean = (
        """\
import torch

class Placed(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                scale = torch.ones(3, device=p.device)
                p.add_(p.grad * scale.to(p.device))
""",
        """\
import torch

class Counted(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["step"] = torch.zeros((), device="cpu")
                if p.device.type == "cuda":
                    p.add_(p.grad)
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each call in the class's own module."""
        for event in reading.of("call", "convert"):
            if reading.own(event):
                named = "cuda" if event.kind == "convert" and event.name == "cuda" else _named(event)
                if named:
                    tail = event.name.rpartition(".")[2]
                    what = "`cuda()` moves a tensor to" if tail == "cuda" else f"`{tail}` names"
                    yield Hit.of(event, f"{what} the device `{named}`.")


def _named(event: Event) -> str | None:
    """The accelerator that an argument spells out."""
    if not isinstance(event.node, cst.Call):
        return None
    for argument in event.node.args:
        if argument.keyword is not None and argument.keyword.value != "device":
            continue
        if isinstance(argument.value, cst.SimpleString):
            text = argument.value.evaluated_value
            if isinstance(text, str) and text.partition(":")[0] in _ACCELERATORS:
                return text
    return None
