"""The lines of a file by statement: where each begins and ends, and which definition it stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.evidence.static.source.modules import Module


class Statement(Frozen, frozen=True):
    """A simple statement, or the header of a compound one: its lines, without those of its body.

    Attributes:
        first: Its first line; of a decorated definition, that of the first decorator.
        keyword: The line of its first word, behind the decorators.
        last: Its last line.
        scope: The dotted names of the definitions it stands in, or that it begins.
    """

    first: int
    keyword: int
    last: int
    scope: str


class Outline:
    """The statements of a module by line.

    Attributes:
        lines: The source by line, as places count them.
    """

    def __init__(self, module: Module) -> None:
        self.lines = module.lines
        self._by_line: dict[int, Statement] = {}
        for statement in _statements(module, self.lines):
            for line in range(statement.first, statement.last + 1):
                self._by_line.setdefault(line, statement)

    def at(self, line: int) -> Statement | None:
        """The statement that a line belongs to; None for an empty line or one that only comments."""
        return self._by_line.get(line)

    def scope(self, line: int) -> str:
        """The definition that a line stands in, the empty string at the top level."""
        found = self.at(line)
        return found.scope if found is not None else ""


def _statements(module: Module, lines: Sequence[str]) -> Iterator[Statement]:
    """Every statement, a compound one before those in its blocks; a stack, as source may be nested deeply."""
    waiting: list[tuple[cst.CSTNode, str]] = [(node, "") for node in module.tree.body]
    while waiting:
        node, scope = waiting.pop()
        if isinstance(node, cst.SimpleStatementLine):
            yield _simple(module, node, scope)
            continue
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            scope = f"{scope}.{node.name.value}".lstrip(".")
        block = getattr(node, "body", None)
        if isinstance(block, cst.IndentedBlock | cst.SimpleStatementSuite) and block.body:
            yield _header(module, node, block, lines, scope)
        waiting.extend((child, scope) for child in _inside(node))


def _simple(module: Module, node: cst.SimpleStatementLine, scope: str) -> Statement:
    first = module.span(node.body[0]).line
    return Statement(first, first, module.span(node.body[-1]).end_line, scope)


def _header(
    module: Module,
    node: cst.CSTNode,
    block: cst.IndentedBlock | cst.SimpleStatementSuite,
    lines: Sequence[str],
    scope: str,
) -> Statement:
    """The lines up to the colon, behind which only blank lines and comments precede the block."""
    keyword = module.span(node).line
    if isinstance(block, cst.SimpleStatementSuite):
        last = module.span(block.body[-1]).end_line
    else:
        last = _first_line(module, block.body[0]) - 1
        while last > keyword and lines[last - 1].lstrip()[:1] in {"", "#"}:
            last -= 1
    return Statement(min(keyword, _first_line(module, node)), keyword, last, scope)


def _first_line(module: Module, node: cst.CSTNode) -> int:
    if isinstance(node, cst.SimpleStatementLine):
        return module.span(node.body[0]).line
    decorators = getattr(node, "decorators", ())
    return module.span(decorators[0] if decorators else node).line


def _inside(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The statements and branches directly inside a compound statement."""
    block = getattr(node, "body", None)
    if isinstance(block, cst.IndentedBlock):
        yield from block.body
    yield from (*getattr(node, "handlers", ()), *getattr(node, "cases", ()))
    yield from (
        branch for name in ("orelse", "finalbody") if (branch := getattr(node, name, None)) is not None
    )
