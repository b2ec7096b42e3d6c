"""What takes part in a class and no interpretation of its methods sees, in sentences.

Python makes classes while it runs: decorators, metaclasses, assignments from outside and ``exec`` change what
the text of a class says. Each of these is named, so that nothing is concluded from what was not seen.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.sentences import several, short
from optreview.evidence.static.source import syntax
from optreview.evidence.static.source.classes import class_assignments, methods, written_base
from optreview.evidence.static.source.decorators import opaque
from optreview.evidence.static.source.modules import dotted_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optreview.evidence.static.source.classes import Lineage
    from optreview.evidence.static.source.index import Index
    from optreview.evidence.static.source.modules import ClassRef, Module

_METACLASSES = frozenset({"ABCMeta", "type"})
#: What answers for attributes that no text names.
_ANSWERING = ("__getattribute__", "__setattr__")
_ENTRIES = ("step", "__init__")


def unread(index: Index, lineage: Lineage, reached: Iterable[tuple[Module, cst.CSTNode]]) -> tuple[str, ...]:
    """The sentences, in a fixed order; ``reached`` are the functions that were interpreted."""
    found = [
        *_bases(lineage),
        *(sentence for ref in lineage.read for sentence in (*_made(index, ref), *_hooks(lineage, ref))),
        *_wrapped(index, lineage, reached),
        *_later(lineage),
        *(sentence for ref in lineage.read for sentence in _outside(ref)),
        *(_star(name, needed) for name, needed in index.starred.items()),
        *index.unreadable,
    ]
    return tuple(dict.fromkeys(found))


def given_elsewhere(lineage: Lineage, name: str) -> bool:
    """Whether a class or the code around it assigns a method instead of defining it."""
    return any(
        name in class_assignments(ref.node) or name in {each for each, _ in _assigned(ref)}
        for ref in lineage.read
    )


def _bases(lineage: Lineage) -> Iterator[str]:
    for entry in lineage.unread():
        source = entry.name.rpartition(".")[0]
        yield f"The base class `{entry.tail}`" + (f" from `{source}`" if source else "") + " was not read."
    if lineage.circular:
        names = several(ref.name for ref in lineage.circular)
        yield f"The bases of {names} lead back to themselves, which Python refuses."
    for ref in lineage.read:
        for base in made_bases(ref):
            yield f"The base class `{base}` of `{ref.name}` is made when the program runs and was not read."


def made_bases(ref: ClassRef) -> Iterator[str]:
    """Bases that are no names: what a call returns, or an unpacked list."""
    for argument in ref.node.bases:
        if argument.star or not dotted_name(written_base(argument.value)):
            yield argument.star + short(ref.module.text(argument.value))


def _made(index: Index, ref: ClassRef) -> Iterator[str]:
    """Who makes the class of its text: a metaclass, keywords, decorators."""
    for keyword in ref.node.keywords:
        if keyword.keyword is None or keyword.keyword.value != "metaclass":
            continue
        if dotted_name(keyword.value).rpartition(".")[2] not in _METACLASSES:
            text = short(ref.module.text(keyword.value))
            yield f"What the metaclass `{text}` makes of `{ref.name}` was not followed."
    for decorator in ref.node.decorators:
        if opaque(index, ref.module, decorator.decorator):
            text = short(ref.module.text(decorator.decorator))
            yield f"What the decorator `@{text}` makes of the class `{ref.name}` was not followed."
    if syntax.doubtful(ref.module, ref.name):
        yield _branch(ref.name, ref.module, ref.node.name)


def _hooks(lineage: Lineage, ref: ClassRef) -> Iterator[str]:
    """Methods that change what others are, and methods that the text does not define."""
    own = methods(ref.node)
    if ref != lineage.subject and "__init_subclass__" in own:
        yield f"What `__init_subclass__` of `{ref.name}` does to its subclasses was not followed."
    for name in _ANSWERING:
        if name in own:
            yield f"`{ref.name}` defines `{name}`; what that does to attributes was not followed."
    before = lineage.read[: lineage.read.index(ref) + 1]
    for name in _ENTRIES:
        method = lineage.method(name)
        if name in class_assignments(ref.node) and (method is None or method.owner not in before):
            yield f"`{ref.name}` assigns `{name}` instead of defining it; what it is was not followed."
    for name, node in own.items():
        method = lineage.method(name)
        if method is not None and method.node is node and syntax.doubtful(ref.module, name, ref.name):
            yield _branch(f"{ref.name}.{name}", ref.module, node.name)


def _wrapped(index: Index, lineage: Lineage, reached: Iterable[tuple[Module, cst.CSTNode]]) -> Iterator[str]:
    """Decorators around the functions that were interpreted."""
    constructor = lineage.method("__init__")
    first = [(constructor.owner.module, constructor.node)] if constructor is not None else []
    around: dict[str, dict[str, None]] = {}
    for module, node in dict.fromkeys([*first, *reached]):
        if not isinstance(node, cst.FunctionDef):
            continue
        for decorator in node.decorators:
            if opaque(index, module, decorator.decorator):
                text = short(module.text(decorator.decorator))
                around.setdefault(text, {}).setdefault(node.name.value)
    for text, names in around.items():
        yield f"What the decorator `@{text}` does around {several(names)} was not followed."


def _later(lineage: Lineage) -> Iterator[str]:
    """A step that does nothing when it is called, but when what it returns is run."""
    step = lineage.method("step")
    if step is not None and step.node.asynchronous is not None:
        yield "`step` is a coroutine: it is read as though it ran to its end."
    elif step is not None and syntax.yields(step.owner.module, step.node):
        yield "`step` is a generator: it is read as though it ran to its end."


def _branch(name: str, module: Module, node: cst.CSTNode) -> str:
    line = module.span(node).line
    return f"`{name}` is defined on several branches; the definition in line {line} was read."


def _outside(ref: ClassRef) -> Iterator[str]:
    """What the file does to the class after its body, and what it runs that is no text of it."""
    for name, line in _assigned(ref):
        shown = f"`{ref.name}.{name}`" if name else f"An attribute of `{ref.name}`"
        yield f"{shown} is assigned outside the class, in line {line}, and was not followed."
    for name, line in _executed(ref.module):
        yield f"What `{name}` runs in line {line} of {ref.module.file} was not followed."


@lru_cache(maxsize=1024)
def _assigned(ref: ClassRef) -> tuple[tuple[str, int], ...]:
    """Attributes that the top level of the file gives a class, with lines; no name where it is computed."""
    if not re.search(rf"\b{ref.name}\s*\.\s*\w+\s*[=:,]|\bsetattr\b", ref.module.code):
        return ()  # no syntax tree is made to learn what the text says
    return tuple(
        (name, node.lineno)
        for node in syntax.running(ref.module)
        for name in _given(node, ref.name)
        if not name.startswith("__") or name in _ENTRIES
    )


def _given(node: ast.expr | ast.stmt, owner: str) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        owned, name = syntax.dotted(node.value), node.attr
    elif isinstance(node, ast.Call) and syntax.dotted(node.func) == "setattr" and len(node.args) > 1:
        owned, given = syntax.dotted(node.args[0]), node.args[1]
        name = str(given.value) if isinstance(given, ast.Constant) else ""
    else:
        return
    if owned == owner:
        yield name


@lru_cache(maxsize=256)
def _executed(module: Module) -> tuple[tuple[str, int], ...]:
    """Calls of ``exec`` at the top level or in a class body, with their lines."""
    if "exec" not in module.code:
        return ()
    return tuple(
        ("exec", node.lineno)
        for node in syntax.running(module, inside_classes=True)
        if isinstance(node, ast.Call) and syntax.dotted(node.func) == "exec"
    )


def _star(name: str, needed: Iterable[str]) -> str:
    return f"`from {name} import *` was not read, and {several(needed)} may come from it."
