"""Python's own syntax tree, for questions about what is written down rather than about what it computes.

It is made in a fraction of the time that libcst takes, and walks fast.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from optreview.records import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst as cst

    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.source.modules import ClassRef, Module

#: Where a statement holds others.
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_HEADER = re.compile(r"\b(?:class|def)\s+(\w+)")
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def tree(module: Module) -> ast.Module:
    """A file's syntax tree; an empty one where Python's parser gives up on what libcst could read."""
    return ast.Module(body=[], type_ignores=[]) if module.written is None else module.written


@lru_cache(maxsize=2048)
def walk(node: ast.AST) -> tuple[ast.AST, ...]:
    """A node and all nodes in it; many rules look through the same functions."""
    return tuple(ast.walk(node))


@lru_cache(maxsize=256)
def _definitions(module: Module) -> dict[int, Definition]:
    """Classes and functions by the line that names them; no expression holds one, so none is looked into."""
    found: dict[int, Definition] = {}
    pending: list[ast.AST] = [*tree(module).body]
    while pending:
        node = pending.pop()
        if isinstance(node, Definition):
            found[node.lineno] = node
        for block in _BLOCKS:
            pending += getattr(node, block, ())
    return found


def definition(module: Module, line: int) -> Definition | None:
    """The class or function that is named on a line."""
    return _definitions(module).get(line)


def class_of(ref: ClassRef) -> ast.ClassDef | None:
    """A class as written."""
    found = definition(ref.module, ref.module.span(ref.node.name).line)
    return found if isinstance(found, ast.ClassDef) else None


def method_of(ref: ClassRef, name: str) -> ast.FunctionDef | None:
    """A class's own method as written; the last definition counts."""
    node = class_of(ref) if _headers(ref.module)[name] else None  # a file that defines none needs no tree
    found = [entry for entry in node.body if isinstance(entry, ast.FunctionDef)] if node else []
    return next((entry for entry in reversed(found) if entry.name == name), None)


def classes(reading: Reading) -> Iterator[tuple[Module, ast.ClassDef]]:
    """The class and its ancestors in the package, as written."""
    for ref in reading.lineage.read:
        node = class_of(ref)
        if node is not None:
            yield ref.module, node


def bodies(reading: Reading) -> Iterator[tuple[Module, Definition]]:
    """The class, its ancestors, and the functions that ``step`` reaches, wherever they are."""
    yield from classes(reading)
    for node, (module, _) in reading.reached.items():
        name = getattr(node, "name", None)
        found = definition(module, module.span(name).line) if name is not None else None
        if found is not None:
            yield module, found


def running(module: Module, *, inside_classes: bool = False) -> Iterator[ast.expr | ast.stmt]:
    """What runs when a file is imported, leaving the bodies of classes out unless they are asked for."""
    pending: list[ast.AST] = list(tree(module).body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.ClassDef) and not inside_classes:
            continue
        if isinstance(node, ast.expr | ast.stmt):
            yield node
        pending[:0] = ast.iter_child_nodes(node)


def doubtful(module: Module, name: str, owner: str = "") -> bool:
    """Whether a definition stands on several branches of the file, or of the class ``owner`` in it."""
    if _headers(module)[name] < 2:
        return False
    body: list[ast.stmt] = tree(module).body
    if owner:
        owners = (each for each in running(module, inside_classes=True) if isinstance(each, ast.ClassDef))
        body = next((each.body for each in owners if each.name == owner), [])
    plain = max((at for at, each in enumerate(body) if _defines(each, name)), default=-1)
    later = body[plain + 1 :]
    return sum(_defines(each, name) for block in later for each in _branched(block)) > (plain < 0)


@lru_cache(maxsize=256)
def _headers(module: Module) -> Counter[str]:
    """How often the text defines each name, for no syntax tree to be made where it does so once."""
    return Counter(_HEADER.findall(module.code))


def _defines(node: ast.AST, name: str) -> bool:
    return isinstance(node, Definition) and node.name == name


def _branched(node: ast.stmt) -> Iterator[ast.stmt]:
    """The statements under a condition, those under conditions inside it included."""
    parts = [node, *getattr(node, "handlers", ()), *getattr(node, "cases", ())]
    if isinstance(node, Definition):
        return
    for part in parts:
        for field in ("body", "orelse", "finalbody"):
            for each in getattr(part, field, ()):
                yield each
                yield from _branched(each)


def yields(module: Module, node: cst.FunctionDef) -> bool:
    """Whether a function is a generator."""
    if "yield" not in module.code:
        return False
    found = definition(module, module.span(node.name).line)
    pending = list(ast.iter_child_nodes(found)) if isinstance(found, ast.FunctionDef) else []
    while pending:
        each = pending.pop()
        if isinstance(each, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(each, Definition | ast.Lambda):
            pending.extend(ast.iter_child_nodes(each))
    return False


#: Methods that save and load, and those that do so for a copy or a pickle of the whole object.
_SAVING = ("state_dict", "load_state_dict")
_PICKLING = ("__getstate__", "__setstate__")


def saved(reading: Reading, *, pickled: bool) -> set[str]:
    """Attributes that the class's own saving or loading mentions, pickling included or not."""
    methods = (*_SAVING, *_PICKLING) if pickled else _SAVING
    nodes = [method_of(ref, name) for ref in reading.lineage.read for name in methods]
    return {
        leaf.attr
        for node in nodes
        if node is not None
        for leaf in walk(node)
        if isinstance(leaf, ast.Attribute)
    }


def is_self(node: ast.AST) -> bool:
    """Whether an expression is the name ``self``."""
    return isinstance(node, ast.Name) and node.id == "self"


def dotted(node: ast.AST) -> str:
    """``a.b.c`` for a chain of names, the empty string for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        prefix = dotted(node.value)
        return f"{prefix}.{node.attr}" if prefix else ""
    return ""


def place(module: Module, node: ast.expr | ast.stmt | ast.arg) -> Location:
    """A node's place as it appears in records; Python counts columns in bytes."""
    lines = module.lines
    line = lines[node.lineno - 1] if node.lineno <= len(lines) else ""
    column = len(line.encode()[: node.col_offset].decode(errors="replace"))
    return Location(file=module.file, line=node.lineno, column=column + 1)
