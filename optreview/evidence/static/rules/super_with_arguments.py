"""Python 2's super."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from optreview.evidence.static.edits import Edit, extent, place
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading

_SCOPES = (
    ast.AsyncFunctionDef, ast.ClassDef, ast.DictComp, ast.FunctionDef, ast.GeneratorExp, ast.Lambda,
    ast.ListComp, ast.SetComp,
)  # fmt: skip


class SuperWithArguments(Rule):
    """`super(Class, self)` is written out as Python 2 needed it.

    The name in it is wrong as soon as the class is renamed or copied, and then skips or repeats a
    constructor. Plain `super()` means the same.
    """

    severity = "info"
    effort = "trivial"
    remedy = "Write `super()`."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super(Plain, self).__init__(params, dict(lr=lr))
""",
            (5,),
            fixed="""\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))
""",
        ),
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super(torch.optim.Optimizer, self).__init__()
""",
            (5,),
        ),
    )
    clean = (
        """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each call in the class's own module."""
        for event in reading.of("super"):
            if reading.own(event):
                message = f"`super({event.name}, …)` can be plain `super()`."
                yield Hit.of(event, message, edits=_without_arguments(event))


def _without_arguments(event: Event) -> tuple[Edit, ...]:
    """The call without its arguments, where Python would put in the same ones: directly in a method."""
    found = place(event.module, event.node)
    if found is None or not isinstance(found.node, ast.Call) or len(found.node.args) != 2:
        return ()
    scopes = [parent for parent in found.parents if isinstance(parent, _SCOPES)]
    if (
        len(scopes) < 2
        or not isinstance(scopes[0], ast.FunctionDef)
        or not isinstance(scopes[1], ast.ClassDef)
    ):
        return ()
    method, owner = scopes[0], scopes[1]
    first = (*method.args.posonlyargs, *method.args.args)[:1]
    given = [node.id if isinstance(node, ast.Name) else "" for node in found.node.args]
    if owner.decorator_list or given != [owner.name, *(entry.arg for entry in first)]:
        return ()
    start, end = extent(event.module, event.node)
    text = event.module.code[start:end]
    opened = text.find("(")
    return () if "#" in text else (Edit(start + opened, end, "()"),)
