"""A floating-point type written into the code."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.interpreter.torch_names import LIKE
from optreview.evidence.static.rule import Flawed, Hit, Rule
from optreview.evidence.static.source import syntax
from optreview.evidence.static.source.modules import dotted_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading
    from optreview.records import Confidence

_METHODS = {
    "float": "float32", "double": "float64", "half": "float16", "bfloat16": "bfloat16",
}  # fmt: skip
_NAMES = {"torch.float": "float32", "torch.double": "float64", "torch.half": "float16"}
_ROLES = frozenset({"parameter", "gradient", "state"})
_FLOATS = ("float32", "float64", "float16", "bfloat16")


class HardCodedDtype(Rule):
    """A tensor of the parameter's size is made in, or converted to, a type that the code names.

    What is computed there has that precision and that size whatever type the parameters have: with bfloat16
    parameters float32 doubles the memory, with float64 parameters float32 or bfloat16 loses digits.

    It is fine where an algorithm is stated for one precision, as the bfloat16 Newton-Schulz iteration is, and
    where the code asks for the parameter's type first; the latter is not reported.
    """

    severity = "info"
    effort = "small"
    remedy = "Follow the parameter's dtype, or make the type an option."
    flawed = (
        Flawed(
            """\
import torch

class Widened(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["average"] = torch.zeros_like(p, dtype=torch.float32)
                state["average"].add_(p.grad.float())
                p.copy_(state["average"].to(torch.bfloat16))
""",
            (10, 11, 12),
        ),
    )
    clean = (
        """\
import torch

class Following(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = torch.zeros((), dtype=torch.float32)
                    state["average"] = torch.zeros_like(p)
                    state["mask"] = torch.ones_like(p, dtype=torch.bool)
                p.add_(state["average"].to(p.dtype))
""",
        """\
import torch

class Asking(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad
                if grad.dtype in (torch.float16, torch.bfloat16):
                    grad = grad.float()
                p.add_(grad.norm().float() * grad)
""",
        """\
import torch

class Widening(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                wide = p.double()
                p.copy_((wide - p.grad.double()).to(p.dtype))
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each call in the class's own module."""
        for event in reading.of("call", "convert"):
            tail = event.name.rpartition(".")[2]
            if not reading.own(event) or not _large(event) or (event.kind == "call" and tail not in LIKE):
                continue
            if any("metadata" in guard.traits for guard in event.guards):
                continue
            if event.kind == "convert" and _asks(event):
                continue
            named = _METHODS.get(event.name) if event.kind == "convert" else None
            named = named or _named(event)
            if named:
                sure: Confidence = "certain" if event.kind == "call" else "possible"
                yield Hit.of(event, f"`{tail}` uses `{named}` whatever type the parameter has.", sure)


def _large(event: Event) -> bool:
    """Whether it is about a parameter, its gradient or a buffer of its size; factors of matrices are none."""
    return any(tensor.size == "full" and tensor.role in _ROLES for tensor in event.tensors)


def _asks(event: Event) -> bool:
    """Whether the function around looks at a dtype: it widens for a while, and goes back."""
    frame = event.stack[-1]
    name = getattr(frame.node, "name", None)
    around = syntax.definition(frame.module, frame.module.span(name).line) if name is not None else None
    return around is not None and any(
        isinstance(node, ast.Attribute) and node.attr == "dtype" for node in syntax.walk(around)
    )


def _named(event: Event) -> str | None:
    """The floating-point type that an argument spells out."""
    if not isinstance(event.node, cst.Call):
        return None
    for argument in event.node.args:
        if argument.keyword is None or argument.keyword.value == "dtype":
            written = dotted_name(argument.value)
            name = _NAMES.get(written) or written.removeprefix("torch.")
            if written.startswith("torch.") and name in _FLOATS:
                return name
    return None
