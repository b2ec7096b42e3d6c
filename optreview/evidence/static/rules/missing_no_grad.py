"""Step outside no_grad."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from optreview.evidence.static.edits import Edit, extent, inserted_line, recording, torch_name
from optreview.evidence.static.interpreter.values import words
from optreview.evidence.static.rule import Flawed, Hit, Rule
from optreview.evidence.static.source import syntax
from optreview.evidence.static.source.modules import dotted_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst as cst

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.source.classes import Method

#: A step that uses these wants gradients of its own.
_DIFFERENTIATES = words(
    "autograd backward create_graph differentiable functional_call jvp requires_grad_ set_grad_enabled vjp"
)


_WITHOUT = "`step` updates parameters without `torch.no_grad()`"


class MissingNoGrad(Rule):
    """`step` updates the parameters while autograd is switched on.

    Without `@torch.no_grad()` every operation of `step` on a parameter is either refused by autograd or
    recorded in a graph that keeps tensors alive. Code of the time before `no_grad` works around it with
    `.data`, which also hides mistakes from autograd's version checks.

    It is fine when the step is meant to be differentiated through.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Decorate `step` with `@torch.no_grad()`, and call the closure inside `torch.enable_grad()`."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.data.add_(p.grad, alpha=-group["lr"])
""",
            (7,),
            fixed="""\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.data.add_(p.grad, alpha=-group["lr"])
""",
        ),
        Flawed(
            """\
from torch.optim import Optimizer

class Plain(Optimizer):
    def step(self, closure=None):
        loss = None
        if closure is not None:
            loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                p.data.add_(p.grad, alpha=-group["lr"])
        return loss
""",
            (4,),
            fixed="""\
import torch
from torch.optim import Optimizer

class Plain(Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                p.data.add_(p.grad, alpha=-group["lr"])
        return loss
""",
        ),
        Flawed(
            """\
import torch

class Second(torch.optim.Optimizer):
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                (curvature,) = torch.autograd.grad(p.grad.sum(), p, create_graph=True)
                p.data.sub_(p.grad / curvature)
""",
            (4,),
        ),
        Flawed(
            """\
import torch

class Outer(torch.optim.Optimizer):
    def __init__(self, params, inner, lr=1e-3):
        super().__init__(params, dict(lr=lr))
        self.inner = inner

    def step(self, closure=None):
        loss = self.inner.step(closure)
        for group in self.param_groups:
            for p in group["params"]:
                p.data.mul_(1 - group["lr"])
        return loss
""",
            (8,),
        ),
    )
    clean = (
        """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])
""",
        """\
import torch

class Plain(torch.optim.Optimizer):
    def step(self, closure=None):
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p.add_(p.grad, alpha=-group["lr"])
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at ``step`` when a parameter is written while autograd is on."""
        step = reading.lineage.method("step")
        if step is None or not all(_understood(entry) for entry in step.node.decorators):
            return
        written = [
            event
            for event in reading.in_step("in_place")
            if event.grad and any(tensor.role == "parameter" for tensor in event.tensors)
        ]
        if written:
            plain = any(not _past_autograd(event) for event in written)
            around = "`.data`" if reading.in_step("data") else "`detach`"
            message = (
                f"{_WITHOUT}, where autograd refuses to write into a parameter, or records that."
                if plain
                else f"{_WITHOUT}, around autograd by {around}."
            )
            place = step.owner.module.location(step.node.name)
            yield Hit(place, message, "likely" if plain else "certain", edits=_decorated(reading, step))


def _past_autograd(event: Event) -> bool:
    """Whether what is written into is out of autograd's sight: ``.data``, or that itself is replaced."""
    held = [tensor for tensor in event.tensors if tensor.role == "parameter"]
    return event.name == ".data =" or all(tensor.detached for tensor in held)


def _decorated(reading: Reading, step: Method) -> tuple[Edit, ...]:
    """``@torch.no_grad()`` on the step, and its calls of the closure inside ``torch.enable_grad()``."""
    module = step.owner.module
    torch = torch_name(module)
    closures = {event.node: event for event in reading.in_step("closure") if event.grad}
    if torch is None or any(event.module is not module for event in closures.values()):
        return ()
    if step.node.asynchronous is not None or not _keeps_to_itself(reading):
        return ()
    name, added = torch
    decorator = inserted_line(module, extent(module, step.node)[0], f"@{name}.no_grad()")
    enabled = recording(module, list(closures))
    if decorator is None or enabled is None:
        return ()
    return (*added, decorator, *(edit for edit in enabled if edit not in added))


def _keeps_to_itself(reading: Reading) -> bool:
    """Whether the step neither differentiates nor hands the closure to anyone, who might."""
    for node, (module, _) in reading.reached.items():
        name = getattr(node, "name", None)
        function = syntax.definition(module, module.span(name).line) if name is not None else None
        if function is None or any(_differentiates(inner) for inner in syntax.walk(function)):
            return False
        if not _only_called(function, "closure"):
            return False
    return True


def _differentiates(node: ast.AST) -> bool:
    name = (
        node.attr
        if isinstance(node, ast.Attribute)
        else node.id
        if isinstance(node, ast.Name)
        else node.arg
        if isinstance(node, ast.keyword | ast.arg)
        else None
    )
    return name in _DIFFERENTIATES or isinstance(node, ast.Yield | ast.YieldFrom)


def _only_called(function: ast.AST, name: str) -> bool:
    """Whether a name is nowhere used but to call it and to ask whether it is there."""
    called, mentioned = 0, 0
    for node in syntax.walk(function):
        mentioned += isinstance(node, ast.Name) and node.id == name
        asked: list[ast.expr] = []
        if isinstance(node, ast.Call):
            asked = [node.func]
        elif isinstance(node, ast.Compare):
            asked = [node.left]
        elif isinstance(node, ast.If | ast.IfExp):
            asked = [node.test]
        elif isinstance(node, ast.UnaryOp):
            asked = [node.operand]
        called += any(isinstance(each, ast.Name) and each.id == name for each in asked)
    return called == mentioned


def _understood(decorator: cst.Decorator) -> bool:
    """Torch's own decorators are known; any other may well switch gradients off."""
    return dotted_name(decorator.decorator).startswith(("torch.", "override", "typing."))
