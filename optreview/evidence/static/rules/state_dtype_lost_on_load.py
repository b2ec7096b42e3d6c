"""Precision that loading takes away."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.rule import Flawed, Hit, Rule
from optreview.evidence.static.source import syntax
from optreview.evidence.static.source.modules import dotted_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.source.modules import ClassRef

_RESTORING = frozenset({"dtype", "float", "float32", "bfloat16", "half", "double"})
_LOADING = ("load_state_dict", "__setstate__", "_process_value_according_to_param_policy")


class StateDtypeLostOnLoad(Rule):
    """A buffer of the state has a type of its own, which `load_state_dict` replaces by the parameter's.

    `Optimizer.load_state_dict` casts every tensor of the state, except under the key `step`, to the dtype of
    a floating-point parameter. A float32 average of bfloat16 parameters comes back in bfloat16, quantised
    bytes come back as floats, and the resumed run differs.

    It is fine where the class restores the types afterwards; classes whose own `load_state_dict` or
    `__setstate__` deals with dtypes are not reported.
    """

    severity = "warning"
    effort = "small"
    remedy = "Override `load_state_dict` and restore the buffer's dtype."
    flawed = (
        Flawed(
            """\
import torch

class Kept(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["average"] = torch.zeros_like(p, dtype=torch.float32)
                    state["mask"] = torch.zeros(p.shape, dtype=torch.bool, device=p.device)
""",
            (10, 11),
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
                    state["other"] = torch.zeros_like(p, dtype=p.dtype)
""",
        """\
import torch

class Restoring(torch.optim.Optimizer):
    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        for state in self.state.values():
            state["average"] = state["average"].float()

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["average"] = torch.zeros_like(p, dtype=torch.float32)
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each key that is created with a dtype that the code names."""
        if any(_restores(ref) for ref in reading.lineage.read):
            return
        made: dict[object, dict[object, Event]] = {}
        for event in reading.of("call", "convert"):
            made.setdefault((event.module.file, event.location.line), {})[event.node] = event
        seen: set[str] = set()
        for event in reading.of("write"):
            if event.name == "step" or event.name in seen:
                continue
            line = event.module.span(event.node).end_line
            for maker in made.get((event.module.file, line), {}).values():
                if _stored(maker, event) and (dtype := _named(maker)):
                    seen.add(event.name)
                    lost = "`load_state_dict` casts it to the parameter's dtype"
                    yield Hit.of(event, f"`{event.name}` is made in {dtype}; {lost}.")
                    break


def _restores(ref: ClassRef) -> bool:
    """Whether the class's own loading deals with floating-point types."""
    for name in _LOADING:
        node = syntax.method_of(ref, name)
        for leaf in syntax.walk(node) if node is not None else ():
            if isinstance(leaf, ast.Attribute) and leaf.attr in _RESTORING:
                return True
    return False


def _stored(maker: Event, event: Event) -> bool:
    """Whether a call is what an assignment stores: it begins behind it, on its line."""
    if maker.module is not event.module:
        return False
    here, there = event.module.span(event.node), maker.module.span(maker.node)
    if here.end_line != there.line or there.column <= here.end_column:
        return False
    text = event.module.lines[here.end_line - 1][here.end_column - 1 : there.column - 1]
    return text.strip() == "="


def _named(event: Event) -> str:
    """The type that an argument spells out."""
    for argument in event.node.args if isinstance(event.node, cst.Call) else ():
        if argument.keyword is None or argument.keyword.value == "dtype":
            written = dotted_name(argument.value)
            if written.startswith("torch.") and written.removeprefix("torch.") in _TYPES:
                return written.removeprefix("torch.")
    return ""


_TYPES = frozenset(
    {
        "float32",
        "float",
        "float64",
        "double",
        "float16",
        "half",
        "bfloat16",
        "bool",
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "long",
    }
)
