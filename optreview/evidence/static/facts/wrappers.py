"""Optimizers that hold another optimizer and let it make the step."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.code_values import ClassValue, Instance
from optreview.evidence.static.interpreter.values import origins
from optreview.evidence.static.source import syntax
from optreview.evidence.static.source.classes import Lineage

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.source.modules import Module

_STEPS = re.compile(r"\bself[\s)]*\.\s*\w+[\s)]*\.\s*step\s*\(")


def wrapped(reading: Reading) -> tuple[Event, ...]:
    """The constructor's assignments that keep another optimizer on ``self``; empty for any other optimizer.

    What is kept must be an optimizer by its class, by its annotation or by what it is called, and its
    ``step`` must be called; a learning rate scheduler is none.
    """
    if not any(_steps_another(ref.module) for ref in reading.lineage.read):
        return ()  # no syntax tree is made to learn what the text says
    stepped = {
        node.func.value.attr
        for _, owner in syntax.classes(reading)
        for node in syntax.walk(owner)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "step"
        and isinstance(node.func.value, ast.Attribute)
        and syntax.is_self(node.func.value.value)
    }
    if not stepped:
        return ()
    annotated = _annotated(reading)
    return tuple(
        event
        for event in reading.of("attribute", entry="__init__")
        if event.name in stepped and (event.name in annotated or _is_optimizer(event, reading))
    )


@lru_cache(maxsize=256)
def _steps_another(module: Module) -> bool:
    return _STEPS.search(module.code) is not None


def _is_optimizer(event: Event, reading: Reading) -> bool:
    for atom in event.value:
        if isinstance(atom, Instance | ClassValue):
            return Lineage(reading.index, atom.ref).is_optimizer()
    named = [event.name, *origins(event.value)[0]]
    return any("optim" in name.lower() for name in named)


def _annotated(reading: Reading) -> set[str]:
    """Attributes that are assigned a parameter annotated as an optimizer."""
    constructor = reading.signature.constructor
    node = syntax.method_of(constructor.owner, "__init__") if constructor is not None else None
    if node is None:
        return set()
    parameters = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    optimizers = {
        entry.arg
        for entry in parameters
        if entry.annotation is not None and "optimizer" in ast.unparse(entry.annotation).lower()
    }
    return {
        target.attr
        for statement in syntax.walk(node)
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Name)
        and statement.value.id in optimizers
        for target in statement.targets
        if isinstance(target, ast.Attribute) and syntax.is_self(target.value)
    }
