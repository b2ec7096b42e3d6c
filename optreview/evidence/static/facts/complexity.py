"""How hard ``step`` is to read: cognitive complexity, length and nesting of it and of all it reaches."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import libcst as cst

from optreview.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.static.source.modules import Module

_NESTING = (cst.If, cst.For, cst.While, cst.With, cst.Try, cst.TryStar, cst.Match)


class Measured(Frozen, frozen=True):
    """The figures of one function.

    Attributes:
        points: None where complexipy does not report it.
        docstring: Its first and last line; zeros where there is none.
    """

    module: Module
    node: cst.FunctionDef
    points: int | None
    lines: int
    levels: int
    docstring: tuple[int, int] = (0, 0)


def measure(reached: dict[cst.CSTNode, tuple[Module, str]]) -> list[Measured]:
    """Measure every function reached, in the order in which they were reached."""
    points = {
        module: _points(module.code) for module in dict.fromkeys(module for module, _ in reached.values())
    }
    found: list[Measured] = []
    for node, (module, _) in reached.items():
        if not isinstance(node, cst.FunctionDef):
            continue
        span = module.span(node)
        name_line = module.span(node.name).line
        measured = _at(points[module], name_line)
        first, last = docstring = _docstring(module, node)
        lines = span.end_line - name_line + 1 - (last - first + 1 if last else 0)
        found.append(Measured(module, node, measured, lines, _levels(node.body), docstring))
    return found


def _at(points: Sequence[tuple[int, int, int]], line: int) -> int | None:
    """The figure of the innermost function around a line: complexipy counts decorators into its spans."""
    around = [(end - start, figure) for start, end, figure in points if start <= line <= end]
    return min(around)[1] if around else None


@lru_cache(maxsize=64)  # the files of a package are reached from many of its classes
def _points(code: str) -> Sequence[tuple[int, int, int]]:
    """First line, last line and cognitive complexity of every function of a file."""
    from complexipy import code_complexity  # noqa: PLC0415 - only who needs it pays for it

    try:
        result = code_complexity(code)
    except Exception:  # noqa: BLE001 - another parser's bug must not end the review
        return []
    return [(entry.line_start, entry.line_end, entry.complexity) for entry in result.functions]


def _docstring(module: Module, node: cst.FunctionDef) -> tuple[int, int]:
    first = node.body.body[0] if node.body.body else None
    if isinstance(first, cst.SimpleStatementLine) and isinstance(first.body[0], cst.Expr):
        value = first.body[0].value
        if isinstance(value, cst.SimpleString | cst.ConcatenatedString):
            span = module.span(value)
            return span.line, span.end_line
    return 0, 0


def _levels(suite: cst.BaseSuite) -> int:
    deepest = 0
    for statement in suite.body:
        if isinstance(statement, cst.If):
            deepest = max(deepest, _if_levels(statement))
        elif isinstance(statement, cst.Match):
            deepest = max([deepest, *(1 + _levels(case.body) for case in statement.cases)])
        elif isinstance(statement, _NESTING):
            bodies = [statement.body]
            bodies += [handler.body for handler in getattr(statement, "handlers", ())]
            bodies += [
                part.body
                for part in (getattr(statement, "orelse", None), getattr(statement, "finalbody", None))
                if part
            ]
            deepest = max([deepest, *(1 + _levels(body) for body in bodies)])
        elif isinstance(statement, cst.FunctionDef):
            deepest = max(deepest, 1 + _levels(statement.body))
    return deepest


def _if_levels(statement: cst.If) -> int:
    deepest = 1 + _levels(statement.body)
    if isinstance(statement.orelse, cst.If):  # an ``elif`` stands at the same level
        return max(deepest, _if_levels(statement.orelse))
    return max(deepest, 1 + _levels(statement.orelse.body)) if statement.orelse is not None else deepest
