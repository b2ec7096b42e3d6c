"""Use of ``.data``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst
from msgspec import structs

from optreview.evidence.static.edits import Edit, extent, place
from optreview.evidence.static.interpreter.values import words
from optreview.evidence.static.rule import Flawed, Hit, Rule
from optreview.evidence.static.rules.missing_no_grad import MissingNoGrad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.edits import Place
    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.source.modules import Module

#: What a parameter has of its own and its ``.data`` has not, or refuses while it requires a gradient.
_AUTOGRAD = words(
    "__array__ _backward_hooks _version backward data data_ptr detach_ dlpack grad grad_fn is_leaf numpy "
    "register_hook requires_grad requires_grad_ retain_grad retains_grad set_"
)
#: Methods and functions that keep the very object they are given.
_KEEPS = words("append appendleft extend insert put setdefault update add_param_group")
_NUMBERS = words("abs bool float int len max min")


class DataAttribute(Rule):
    """A tensor is reached through `.data`.

    `.data` gives the same memory without autograd's version counter, so a write through it can silently
    corrupt a later backward pass. Inside `torch.no_grad()` it is not needed.

    It is fine where a parameter's storage is replaced on purpose, as memory-saving wrappers do.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Decorate `step` with `@torch.no_grad()` and drop `.data`."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad.data
                p.data.add_(grad, alpha=-group["lr"])
""",
            (8, 9),
            fixed="""\
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad
                p.add_(grad, alpha=-group["lr"])
""",
        ),
        Flawed(
            """\
import copy
import torch

class Plain(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["start"] = copy.deepcopy(p.data)
                self.state[p]["alias"] = p.data
                p.data = p.data - group["lr"] * p.grad

    def restore(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.data.copy_(self.state[p]["start"])
""",
            (9, 10, 11, 11, 16),
        ),
    )
    clean = (
        """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, data):
        super().__init__(params, {})
        self.data = data

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-self.data)
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each place in the class's own module."""
        recorded: dict[cst.CSTNode, set[str]] = {}
        for event in reading.of("data"):
            if event.grad:
                recorded.setdefault(event.node, set()).add(event.entry)
        switched = bool(recorded) and any(hit.edits for hit in MissingNoGrad().hits(reading))
        for event in reading.of("data"):
            if reading.own(event):
                what = (
                    "is replaced through `.data`" if event.name == "assign" else "is reached through `.data`"
                )
                role = event.tensors[0].role
                subject = f"The {role}" if role in {"parameter", "gradient"} else "A tensor"
                message = f"{subject} {what}, out of autograd's sight."
                edits, entries = _dropped(reading, event), recorded.get(event.node)
                hit = Hit.of(event, message, edits=() if entries else edits)
                yield structs.replace(hit, later=bool(edits) and switched and entries == {"step"})


def _dropped(reading: Reading, event: Event) -> tuple[Edit, ...]:
    """The expression without ``.data``, where nobody keeps the tensor itself; it takes autograd off."""
    node, module = event.node, event.module
    if not isinstance(node, cst.Attribute) or event.name == "assign":
        return ()
    found = place(module, node)
    if found is None or not _called_by_step_only(found):
        return ()
    role = event.tensors[0].role
    rebound = any(other.name == "assign" and other.tensors[0].role == role for other in reading.of("data"))
    if _in_rebinding(found) or not _passes_through(found, module, named=not rebound):
        return ()
    end = extent(module, node)[1]
    dot = module.code.rindex(".", 0, end)
    return (Edit(dot, end, ""),) if "#" not in module.code[dot:end] else ()


def _called_by_step_only(found: Place) -> bool:
    """Whether users reach the place with autograd switched off: through the step, or a decorated method."""
    functions = [node for node in found.parents if isinstance(node, ast.FunctionDef)]
    if not functions:
        return False
    outermost = functions[-1]
    switched_off = any("no_grad" in ast.unparse(entry) for entry in outermost.decorator_list)
    private = outermost.name.startswith("_") and not outermost.name.endswith("__")
    return outermost.name == "step" or private or switched_off


def _in_rebinding(found: Place) -> bool:
    """Whether the statement is ``p.data = …``, which reads best with ``.data`` on both sides."""
    statements = (parent for parent in found.parents if isinstance(parent, ast.Assign))
    return any(
        isinstance(target, ast.Attribute) and target.attr == "data"
        for statement in statements
        for target in statement.targets
    )


def _passes_through(found: Place, module: Module, *, named: bool) -> bool:
    """Whether the tensor is only computed with, or gets a local name if it may be ``named``."""
    node, parent = found.node, found.parents[0]
    if isinstance(parent, ast.keyword):
        parent = found.parents[1]
    match parent:
        case ast.Call():
            return _computes(parent, module)
        case ast.Attribute():
            return parent.attr not in _AUTOGRAD
        case ast.Subscript():
            return parent.value is node and isinstance(parent.ctx, ast.Load)
        case ast.Assign():
            return named and all(isinstance(target, ast.Name) for target in parent.targets)
        case ast.AugAssign():
            return parent.value is node
    return isinstance(parent, ast.BinOp | ast.UnaryOp)


def _computes(call: ast.Call, module: Module) -> bool:
    """Whether a call is torch's or the file's own, rather than one that copies or keeps the tensor."""
    root: ast.expr = call.func
    while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
        root = root.func if isinstance(root, ast.Call) else root.value
    imported = module.imports.get(root.id) if isinstance(root, ast.Name) else None
    if imported is not None:
        return imported.module.partition(".")[0] == "torch"
    if isinstance(call.func, ast.Name):
        return call.func.id in _NUMBERS or call.func.id in module.functions
    return isinstance(call.func, ast.Attribute) and call.func.attr not in _KEEPS
