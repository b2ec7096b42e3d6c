"""State that state_dict does not see."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.values import Const, Scalar, Tensor
from optreview.evidence.static.rule import Flawed, Hit, Rule
from optreview.evidence.static.source import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading


class StateOnSelf(Rule):
    """`step` carries a number or a tensor from one call to the next in an attribute of the optimizer.

    `state_dict()` saves `state` and `param_groups` only. A resumed run starts with whatever the constructor
    put into the attribute, and continues differently.

    It is fine for values that are recomputed before they are used, and for statistics that nothing depends
    on.
    """

    severity = "warning"
    effort = "small"
    remedy = "Keep the value in `self.state[p]` or in the parameter group."
    flawed = (
        Flawed(
            """\
import torch

class Counted(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))
        self.steps = 0
        self.norm = torch.zeros(())

    @torch.no_grad()
    def step(self, closure=None):
        self.steps += 1
        for group in self.param_groups:
            for p in group["params"]:
                self.norm.mul_(0.9).add_(p.grad.norm())
                p.add_(p.grad / self.norm, alpha=-group["lr"] / self.steps)
""",
            (11, 14),
        ),
    )
    clean = (
        """\
import torch

class Counted(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))
        self.steps = 0

    def state_dict(self):
        return {**super().state_dict(), "steps": self.steps}

    @torch.no_grad()
    def step(self, closure=None):
        self.steps += 1
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"] / self.steps)
""",
        """\
import torch

class Recomputed(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))
        self.norm = None

    @torch.no_grad()
    def step(self, closure=None):
        self.norm = torch.zeros(())
        for group in self.param_groups:
            for p in group["params"]:
                self.norm += p.grad.norm()
                p.add_(p.grad / self.norm, alpha=-group["lr"])
""",
        """\
import torch

class Kept(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, scale=2.0):
        super().__init__(params, dict(lr=lr))
        self.scale = scale
        self.ready = False

    @torch.no_grad()
    def step(self, closure=None):
        if not self.ready:
            self.ready = True
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["step"] = self.state[p].get("step", 0) + 1
                p.add_(p.grad, alpha=-group["lr"] * self.scale)
""",
        """\
import torch

def halve_(tensors):
    for tensor in tensors:
        tensor.mul_(0.5)

class Chosen(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))
        self._halve_ = getattr(torch, "_foreach_halve_", None) or halve_

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            self._halve_([p.grad for p in group["params"]])
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at the first update of each attribute that ``step`` reads before it writes it."""
        carried = {name for name in reading.carried() if reading.lineage.method(name) is None}
        saved = syntax.saved(reading, pickled=True)
        done: set[str] = set()
        for event, name in [*_assigned(reading), *_written(reading)]:
            if name in carried and name not in saved and name not in done:
                done.add(name)
                yield Hit.of(
                    event,
                    f"`self.{name}` is carried from step to step, but `state_dict` does not save it.",
                    "likely",
                )


def _assigned(reading: Reading) -> Iterator[tuple[Event, str]]:
    """Assignments of numbers and tensors in ``step``; a flag is none."""
    for event in reading.in_step("attribute"):
        kinds = [atom for atom in event.value if not _flag(atom)]
        if any(f"self.{event.name} is None" in guard.text for guard in event.guards):
            continue  # made when it is first needed, and then kept
        if kinds and all(isinstance(atom, Tensor | Scalar | Const) for atom in kinds):
            yield event, event.name


def _flag(atom: object) -> bool:
    return isinstance(atom, Const) and (atom.value is None or isinstance(atom.value, bool | str))


def _written(reading: Reading) -> Iterator[tuple[Event, str]]:
    """Writes into the tensor that an attribute holds."""
    for event in reading.in_step("in_place"):
        name = _attribute(event)
        if name:
            yield event, name


def _attribute(event: Event) -> str:
    text = event.module.text(event.node)
    if not text.startswith("self."):
        return ""
    try:
        node: ast.AST = ast.parse(text, mode="eval").body
    except SyntaxError:
        return ""
    called = False
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        inner = node.func if isinstance(node, ast.Call) else node.value
        if isinstance(node, ast.Attribute) and syntax.is_self(inner):
            return "" if called else node.attr  # ``self.write_(t)`` is a function that is kept, no tensor
        called, node = isinstance(node, ast.Call), inner
    return ""
