"""State that nobody makes."""

from __future__ import annotations

import ast
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule
from optreview.evidence.static.source import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.interpreter.events import Access
    from optreview.evidence.static.reading import Reading


class StateNeverWritten(Rule):
    """`step` looks up a key of the state that nothing writes.

    The lookup raises a KeyError as soon as it is reached: usually a name was changed in one place only, or
    the branch that reads it was never run.

    It is fine when another object fills the state in before the step.
    """

    severity = "error"
    effort = "small"
    remedy = "Create the key where the rest of the state is created."
    flawed = (
        Flawed(
            """\
import torch

class Renamed(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if len(state) == 0:
                    state["average"] = torch.zeros_like(p)
                p.add_(state["exp_avg"], alpha=-group["lr"])
""",
            (11,),
        ),
    )
    clean = (
        """\
import torch

class Asked(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if "average" in state:
                    p.add_(state["average"], alpha=-group["lr"])
                p.add_(state.get("other", 0.0))
""",
        """\
import torch

class Computed(torch.optim.Optimizer):
    def prepare(self, state, p):
        for name in ("first", "second"):
            state[f"{name}_moment"] = torch.zeros_like(p)
        state.update(third=torch.zeros_like(p))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                self.prepare(state, p)
                p.add_(state["first_moment"] + state["second_moment"] + state["third"])
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each key, at its first lookup; silent where anything might write any key."""
        if reading.limits:
            return
        written = {event.name for event in reading.of("write")}
        patterns = {name for name in written if "*" in name}
        missing: dict[str, Access] = {}
        for access in reading.accesses:
            looked_up = access.what == "state" and access.entry == "step" and "*" not in access.name
            known = access.name in written or any(fnmatchcase(access.name, name) for name in patterns)
            if looked_up and not known:
                missing.setdefault(access.name, access)
        asked = _asked(reading) if missing else set()
        for key, access in missing.items():
            if key in asked:
                continue
            message = f"Nothing writes `{key}` into the state, so looking it up fails."
            yield Hit(access.module.location(access.node), message, "likely", access.module.end(access.node))


def _asked(reading: Reading) -> set[str]:
    """Keys that are tested for, given a default or written by code that interpretation did not enter."""
    found: set[str] = set()
    for _, body in syntax.bodies(reading):
        for node in syntax.walk(body):
            if isinstance(node, ast.Compare):
                found |= _texts(node.left)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in {"get", "pop", "setdefault"}:
                    found |= _texts(*node.args[:1])
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                found |= _texts(node.slice)
    return found


def _texts(*nodes: ast.AST) -> set[str]:
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
