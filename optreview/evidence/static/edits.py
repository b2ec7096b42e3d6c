"""Edits of source text: what a rule would have written instead, as replacements by position.

Offsets count characters of ``Module.code``. Everything outside the replaced stretches stays as it is.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from optreview.evidence.static.source import syntax
from optreview.evidence.static.source.modules import Import, imported_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optreview.evidence.static.source.modules import Module


class Edit(NamedTuple):
    """The text from ``start`` to ``end`` gives way to ``text``; equal offsets insert."""

    start: int
    end: int
    text: str


def apply(code: str, edits: Iterable[Edit]) -> str:
    """The text with all replacements made; they must not overlap."""
    pieces, done = [], 0
    for edit in sorted(set(edits)):
        pieces += [code[done : edit.start], edit.text]
        done = edit.end
    return "".join([*pieces, code[done:]])


def overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits cannot both be made; the same edit twice is made once."""
    if one == other:
        return False
    return one.start == other.start or (one.start < other.end and other.start < one.end)


def source_offset(offset: int, edits: Iterable[Edit]) -> int:
    """Where a position behind the edits stood before them; inside of new text, where that text starts."""
    shift = 0
    for edit in sorted(set(edits)):
        start = edit.start + shift
        if offset < start:
            break
        if offset < start + len(edit.text):
            return edit.start
        shift += len(edit.text) - (edit.end - edit.start)
    return offset - shift


# ---- positions


@lru_cache(maxsize=24)
def _lines(module: Module) -> tuple[int, ...]:
    """Where each line starts; lines end as Python's own do."""
    starts, code, position = [0], module.code, 0
    while position < len(code):
        if code[position] == "\r" and code[position + 1 : position + 2] == "\n":
            position += 1
        if code[position] in "\r\n":
            starts.append(position + 1)
        position += 1
    return tuple(starts)


def offset(module: Module, line: int, column: int) -> int:
    """The offset of a 1-based line and column."""
    return _lines(module)[line - 1] + column - 1


def extent(module: Module, node: cst.CSTNode) -> tuple[int, int]:
    """First and last offset of a node, without its own parentheses."""
    span = module.span(node)
    return offset(module, span.line, span.column), offset(module, span.end_line, span.end_column)


def indentation(module: Module, position: int) -> str | None:
    """The white space before a position, or None when something else stands before it on its line."""
    line = max(start for start in _lines(module) if start <= position)
    before = module.code[line:position]
    return None if before.strip(" \t\f") else before


def newline(module: Module) -> str:
    """How the file's lines end."""
    return module.tree.default_newline


def inserted_line(module: Module, position: int, text: str, deeper: str = "") -> Edit | None:
    """A line of its own before the statement at ``position``, which moves ``deeper`` if asked to."""
    indent = indentation(module, position)
    if indent is None:
        return None
    return Edit(position, position, f"{text}{newline(module)}{indent}{deeper}")


# ---- the same places in Python's own tree


class Place(NamedTuple):
    """A node of Python's tree and what encloses it, innermost first."""

    node: ast.AST
    parents: tuple[ast.AST, ...]


@lru_cache(maxsize=24)
def _parents(module: Module) -> dict[ast.AST, ast.AST]:
    tree = syntax.tree(module)
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


@lru_cache(maxsize=24)
def _expressions(module: Module) -> dict[tuple[type[ast.AST], int, int], ast.expr]:
    """Attributes and calls by what they are and the offsets at which they start and end."""
    lines = module.lines

    def place(line: int, column: int) -> int:
        """Python counts bytes of UTF-8."""
        text = lines[line - 1]
        characters = column if text.isascii() else len(text.encode()[:column].decode(errors="replace"))
        return offset(module, line, characters + 1)

    return {
        (
            type(node),
            place(node.lineno, node.col_offset),
            place(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
        ): node
        for node in ast.walk(syntax.tree(module))
        if isinstance(node, ast.Attribute | ast.Call)
    }


def place(module: Module, node: cst.CSTNode) -> Place | None:
    """A libcst attribute or call in Python's own tree, which knows what is around it."""
    kind = {cst.Attribute: ast.Attribute, cst.Call: ast.Call}.get(type(node))
    found = _expressions(module).get((kind, *extent(module, node))) if kind is not None else None
    if found is None:
        return None
    parents, known = [], _parents(module)
    current: ast.AST = found
    while current in known:
        current = known[current]
        parents.append(current)
    return Place(found, tuple(parents))


# ---- names


def torch_name(module: Module) -> tuple[str, tuple[Edit, ...]] | None:
    """The name under which the file knows torch, with the import to add where it knows it under none.

    None when a file without it uses the name ``torch`` for something else.
    """
    imports: list[cst.SimpleStatementLine] = []
    for line in module.tree.body:
        if not isinstance(line, cst.SimpleStatementLine):
            continue
        for small in line.body:
            if isinstance(small, cst.Import | cst.ImportFrom):
                bound, _ = imported_names(small, module)
                name = next((name for name, what in bound.items() if what == Import("torch")), None)
                if name is not None:
                    return name, ()
                if not (isinstance(small, cst.ImportFrom) and _is_future(small)):
                    imports.append(line)
    taken = "torch" in {*module.imports, *module.classes, *module.functions, *module.constants}
    if taken or not imports:
        return None
    added = inserted_line(module, extent(module, imports[0])[0], "import torch")
    return ("torch", (added,)) if added is not None else None


def _is_future(node: cst.ImportFrom) -> bool:
    return isinstance(node.module, cst.Name) and node.module.value == "__future__"


# ---- closures


def recording(module: Module, calls: Sequence[cst.CSTNode]) -> tuple[Edit, ...] | None:
    """Put the statements that call the closure inside ``with torch.enable_grad():``.

    None where a statement does more than that, so that the rest of it would record as well.
    """
    torch = torch_name(module)
    if torch is None:
        return None
    name, edits = torch
    for call in calls:
        found = place(module, call)
        statement = _statement(found) if found is not None else None
        if statement is None:
            return None
        start = offset(module, statement.lineno, statement.col_offset + 1)
        unit = "\t" if (indentation(module, start) or "").endswith("\t") else module.tree.default_indent
        inserted = inserted_line(module, start, f"with {name}.enable_grad():", unit)
        if inserted is None:
            return None
        edits = (*edits, inserted)
    return edits


_PLAIN = ("float", "item", "detach")


def _statement(found: Place) -> ast.stmt | None:
    """The statement around a call of the closure, when that is all that it does and it has its own line."""
    above = next((n for n, parent in enumerate(found.parents) if isinstance(parent, ast.stmt)), None)
    if above is None or above + 1 >= len(found.parents):
        return None
    statement, block = found.parents[above], found.parents[above + 1]
    if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr | ast.Return):
        return None
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and node is not found.node and _called(node) not in _PLAIN:
            return None
        if isinstance(node, ast.BinOp | ast.Lambda | ast.comprehension):
            return None
    bodies = [getattr(block, name, ()) for name in ("body", "orelse", "finalbody")]
    alone = all(
        other is statement or other.lineno not in {statement.lineno, statement.end_lineno}
        for body in bodies
        for other in body
    )
    return statement if alone and statement.lineno > getattr(block, "lineno", 0) else None


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
