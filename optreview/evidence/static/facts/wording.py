"""What a reader finds between the lines of ``step``: comments that explain, and passages that stand twice."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from optreview.records import Location, Measurement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.static.facts.complexity import Measured
    from optreview.evidence.static.source.modules import Module

#: Written for a tool, not for a reader.
_PRAGMA = re.compile(r"#\W*(noqa|type:|pragma|pylint|pyright|mypy|fmt:|ruff|optreview)", re.IGNORECASE)
#: Lines in a row that say something; a passage of so many that stands elsewhere too is a copy.
PASSAGE = 4
#: What has no letters, such as a closing bracket, says nothing.
_WORD = re.compile(r"[A-Za-z]")

_Line = tuple["Module", int]


def measurements(functions: Sequence[Measured]) -> tuple[Measurement, ...]:
    """Both figures, over ``step`` and every function that it reaches."""
    lines = [line for each in functions for line in _lines(each)]
    if not lines:
        return tuple(
            Measurement(
                id=name,
                value=None,
                unit="share",
                presence="not-applicable",
                note="no `step` was found in the source that was read",
            )
            for name in ("step_comments", "step_repetition")
        )
    return _comments(lines), _repetition(lines)


def _comments(lines: Sequence[_Line]) -> Measurement:
    """The share of the lines that carry or are a comment, of those that are not blank."""
    told = [(module, line) for module, line in lines if line in _commented(module.code)]
    return Measurement(
        id="step_comments",
        value=round(len(told) / len(lines), 4),
        unit="share",
        presence="measured",
        note=f"{len(told)} of {len(lines)} lines that `step` reaches; blank ones, docstrings and the first "
        "line of each `def` are left out, and notes for tools and code commented out are no comments",
    )


def _repetition(lines: Sequence[_Line]) -> Measurement:
    """The share of the lines that belong to a passage that stands elsewhere too."""
    code = [each for each in lines if _says(*each)]
    places = defaultdict(list)
    for start in range(len(code) - PASSAGE + 1):
        window = code[start : start + PASSAGE]
        places[tuple(module.lines[line - 1].strip() for module, line in window)].append(start)
    starts = {start for found in places.values() if len(found) > 1 for start in found}
    repeated = sorted({start + offset for start in starts for offset in range(PASSAGE)})
    first = [at for at in sorted(starts) if at - 1 not in starts]
    return Measurement(
        id="step_repetition",
        value=round(len(repeated) / len(code), 4) if code else 0.0,
        unit="share",
        presence="measured",
        note=f"{len(repeated)} of {len(code)} lines of code that `step` reaches, lines of brackets aside",
        locations=tuple(sorted({_location(*code[at]) for at in first})),
    )


def _lines(function: Measured) -> list[_Line]:
    """The lines of a function's body that are not blank, its docstring left out."""
    module, node = function.module, function.node
    span = module.span(node)
    first = module.span(node.name).line + 1
    return [
        (module, line)
        for line in range(first, span.end_line + 1)
        if module.lines[line - 1].strip() and not function.docstring[0] <= line <= function.docstring[1]
    ]


def _says(module: Module, line: int) -> bool:
    text = module.lines[line - 1].strip()
    return bool(_WORD.search(text)) and not text.startswith("#")


def _location(module: Module, line: int) -> Location:
    text = module.lines[line - 1]
    return Location(file=module.file, line=line, column=len(text) - len(text.lstrip()) + 1)


@lru_cache(maxsize=64)  # the files of a package are reached from many of its classes
def _commented(code: str) -> frozenset[int]:
    """The lines of a file with a comment for its readers."""
    found = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type != tokenize.COMMENT or _PRAGMA.match(token.string):
                continue
            alone = not token.line[: token.start[1]].strip()
            if not (alone and _is_code(token.string.lstrip("#").strip())):
                found.add(token.start[0])
    except (tokenize.TokenError, SyntaxError):
        pass  # what Python itself cannot split is left as it was up to there
    return frozenset(found)


def _is_code(comment: str) -> bool:
    """Whether a comment is a statement that was switched off; a formula of plain names explains."""
    try:
        body = ast.parse(f"{comment}{' pass' if comment.endswith(':') else ''}").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(isinstance(each, _SWITCHED_OFF) or _reaches_in(each) for each in body)


#: Statements that no sentence and no formula is.
_SWITCHED_OFF = (
    ast.If, ast.For, ast.While, ast.With, ast.Import, ast.ImportFrom, ast.Delete, ast.Raise, ast.Assert
)  # fmt: skip


def _reaches_in(statement: ast.stmt) -> bool:
    """Calls, and assignments that reach into an object: ``self.k = 1``, ``state["k"] = p.clone()``."""
    parts = list(ast.walk(statement))
    if any(isinstance(each, ast.BitXor) for each in parts):  # a formula's power
        return False
    if isinstance(statement, ast.Expr):
        called = statement.value.func if isinstance(statement.value, ast.Call) else None
        return isinstance(called, ast.Attribute) or (isinstance(called, ast.Name) and called.id == "print")
    if not isinstance(statement, ast.Assign | ast.AugAssign | ast.Return):
        return False
    return any(isinstance(each, ast.Attribute) or _is_key(each) or _is_bare(each) for each in parts)


def _is_bare(node: ast.AST) -> bool:
    """``closure()``: a function of no arguments is none of a formula."""
    return isinstance(node, ast.Call) and not node.args and not node.keywords


def _is_key(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    )
