"""Where nodes stand: the tree and the text are walked side by side.

libcst prints a tree to learn its positions, token by token and blank by blank. A parsed tree says the same as
its text, so it is enough to follow the tokens: blanks and comments between them are skipped in the text, and
the many nodes that hold them are never visited.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

import libcst as cst

from optreview.evidence.static.source.depth import deep
from optreview.evidence.static.source.tokens import LAST, PLANS, START, Either, Field, Parts, Text, Token

if TYPE_CHECKING:
    from collections.abc import Iterable

_BLANK = frozenset(" \t\f\r\n\\#")
_blanks = re.compile(r"(?:[ \t\f\r\n]+|\\\r?\n|\\\r|#[^\r\n]*)*").match
_BREAK = re.compile(r"\r\n|\r|\n")
_PRINTER = cst.Module(body=())


class Span(NamedTuple):
    """1-based first line and column, last line, and the 1-based column behind the end."""

    line: int
    column: int
    end_line: int
    end_column: int


class Positions:
    """The extents of a file's nodes; found for the whole file at once."""

    def __init__(self, tree: cst.Module, code: str) -> None:
        self.code = code
        self._starts = [0, *(match.end() for match in _BREAK.finditer(code))]
        self._tree = tree  # nodes are known by identity, so they have to stay
        self._extents = _extents(tree, code)
        self._spans: dict[int, Span] = {}  # the same few nodes are asked for again and again

    def span(self, node: cst.CSTNode) -> Span | None:
        """Lines and columns of a node without the blanks around it; None where the walk did not come."""
        known = self._spans.get(id(node))
        if known is None:
            extent = self._extents.get(id(node))
            if extent is None:
                return None
            starts, (begin, end) = self._starts, extent
            first, last = bisect_right(starts, begin), bisect_right(starts, end)
            known = Span(first, begin - starts[first - 1] + 1, last, end - starts[last - 1] + 1)
            self._spans[id(node)] = known
        return known

    def text(self, node: cst.CSTNode) -> str | None:
        """The text between a node's ends."""
        extent = self._extents.get(id(node))
        return self.code[extent[0] : extent[1]] if extent is not None else None


class _MismatchError(Exception):
    """The text does not go on as the tree says."""


def _extents(tree: cst.Module, code: str) -> dict[int, tuple[int, int]]:
    walker = _Walker(code)
    # Where even that depth does not suffice, what was reached keeps its place.
    try:
        with deep():
            walker.walk_all(tree.body, 0)
    except (RecursionError, _MismatchError):
        pass
    return walker.extents


class _Walker:
    """Follows the tokens of nodes through the text."""

    def __init__(self, code: str) -> None:
        self.text = code + "\0"  # so that there is always a next character
        self.extents: dict[int, tuple[int, int]] = {}

    def walk_all(self, nodes: Iterable[cst.CSTNode], at: int) -> int:
        """The place behind the last of some nodes."""
        for node in nodes:
            at = self.walk(node, at)
        return at

    def walk(self, node: Any, at: int) -> int:  # noqa: ANN401, C901, PLR0912 - one loop over a plan, no calls
        """Note a node's extent and those of the nodes in it; the place behind it."""
        text = self.text
        if text[at] in _BLANK:
            at = _blanks(text, at).end()  # type: ignore[union-attr]  # it also matches nothing
        plan = PLANS.get(type(node))
        if plan is None:
            return self._printed(node, at)
        closing = 0
        if plan.parenthesized and node.lpar:
            closing = len(node.rpar)
            for _ in node.lpar:
                at = self._token("(", at)
            at = _blanks(text, at).end()  # type: ignore[union-attr]
        start, end = at, -1
        last: object = None
        for step in plan.steps:
            if type(step) is Field:
                child = getattr(node, step.name)
                if child is None or child is cst.MaybeSentinel.DEFAULT:
                    continue
                if type(child) is tuple or type(child) is list:
                    for last in child:
                        at = self.walk(last, at)
                else:
                    at = self.walk(child, at)
                    last = child
            elif type(step) is Token:
                if text[at] in _BLANK:
                    at = _blanks(text, at).end()  # type: ignore[union-attr]
                if not text.startswith(step.text, at):
                    raise _MismatchError
                at += len(step.text)
            elif type(step) is Text:
                value = step.of(node)
                if value:
                    at = self._token(value, at)
            elif type(step) is Either:
                at = self._either(step.texts, at)
            elif type(step) is Parts:
                at = self._parts(getattr(node, step.name) or (), at)
            elif step is START:
                start = at = _blanks(text, at).end()  # type: ignore[union-attr]
            else:
                end = self.extents[id(last)][1] if step is LAST else at
                for _ in range(closing):
                    at = self._token(")", at)
                closing = 0
        self.extents[id(node)] = (start, end)
        return at

    def _token(self, token: str, at: int) -> int:
        text = self.text
        if text[at] in _BLANK:
            at = _blanks(text, at).end()  # type: ignore[union-attr]
        if not text.startswith(token, at):
            raise _MismatchError
        return at + len(token)

    def _either(self, tokens: tuple[str, ...], at: int) -> int:
        at = _blanks(self.text, at).end()  # type: ignore[union-attr]
        for token in tokens:
            if self.text.startswith(token, at):
                return at + len(token)
        raise _MismatchError

    def _parts(self, parts: Iterable[cst.CSTNode], at: int) -> int:
        for part in parts:
            value = getattr(part, "value", None)
            if isinstance(value, str):
                at += len(value)
            else:
                at = self.walk(part, at)
        return at

    def _printed(self, node: cst.CSTNode, at: int) -> int:
        """A kind of node without a plan has the extent of its printed text, and so have those in it."""
        end = self._token(_PRINTER.code_for_node(node).strip(), at)
        inner = [node]
        while inner:
            each = inner.pop()
            self.extents[id(each)] = (at, end)
            inner.extend(each.children)
        return end
