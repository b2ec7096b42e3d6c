"""Line and column of the nodes that evidence can point at, from one pass that prints the module.

libcst's own metadata wrapper clones the tree and keeps every node; printing once with a state that only
notes the kinds of node we cite takes a fraction of that time.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from typing import NamedTuple

import libcst as cst
from libcst._nodes.internal import CodegenState

from optreview.evidence.static.depth import deep

_CITED: frozenset[type[cst.CSTNode]] = frozenset(
    {
        cst.AnnAssign, cst.Assert, cst.Assign, cst.AssignTarget, cst.Attribute, cst.AugAssign, cst.Call,
        cst.ClassDef, cst.Comparison, cst.Decorator, cst.Del, cst.DictElement, cst.Expr, cst.For,
        cst.FunctionDef, cst.If, cst.IfExp, cst.Name, cst.Param, cst.Raise, cst.Return, cst.SimpleString,
        cst.Pass, cst.Break, cst.Continue, cst.Import, cst.ImportFrom, cst.Global, cst.Nonlocal,
        cst.Subscript, cst.While, cst.With, cst.BinaryOperation, cst.UnaryOperation, cst.BooleanOperation,
        cst.ConcatenatedString, cst.FormattedString, cst.Element, cst.Arg,
    }
)  # fmt: skip


class Span(NamedTuple):
    """1-based first line and column, last line, and the 1-based column behind the end."""

    line: int
    column: int
    end_line: int
    end_column: int


class _Recorder(CodegenState):
    """Follows the printed text and notes where cited nodes begin and end."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.line = 1
        self.column = 0
        self.spans: dict[cst.CSTNode, Span] = {}
        self.starts: list[tuple[int, int]] = []

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.column += len(token)

    def add_token(self, value: str) -> None:
        if "\n" in value or "\r" in value:
            rows = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self.line += len(rows) - 1
            self.column = len(rows[-1])
        else:
            self.column += len(value)

    def before_codegen(self, node: cst.CSTNode) -> None:
        if type(node) in _CITED:
            self.starts.append((self.line, self.column))

    def after_codegen(self, node: cst.CSTNode) -> None:
        if type(node) in _CITED:
            line, column = self.starts.pop()
            self.spans.setdefault(node, Span(line, column + 1, self.line, self.column + 1))

    def pop_trailing_newline(self) -> None:
        """Nothing was kept, so there is nothing to take back."""

    def record_syntactic_position(  # type: ignore[override]  # a plain context manager, made once a node
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> AbstractContextManager[None]:
        return _Extent(self, node, (start_node, end_node))


class _Extent:
    """Notes where a node's own text begins and ends; plain methods, as this runs once a node."""

    __slots__ = ("column", "edges", "line", "node", "state")

    def __init__(
        self, state: _Recorder, node: cst.CSTNode, edges: tuple[cst.CSTNode | None, cst.CSTNode | None]
    ) -> None:
        self.state, self.node, self.edges = state, node, edges

    def __enter__(self) -> None:
        self.line, self.column = self.state.line, self.state.column

    def __exit__(self, *details: object) -> None:
        state = self.state
        first, last = (state.spans.get(edge) if edge is not None else None for edge in self.edges)
        start = (first.line, first.column) if first else (self.line, self.column + 1)
        end = (last.end_line, last.end_column) if last else (state.line, state.column + 1)
        state.spans[self.node] = Span(*start, *end)


def spans(module: cst.Module) -> dict[cst.CSTNode, Span]:
    """The span of every cited node of a module, without the whitespace around it."""
    state = _Recorder(module)
    # Where even that does not suffice, what was reached keeps its place.
    with deep(), suppress(RecursionError):
        module._codegen(state)
    return state.spans
