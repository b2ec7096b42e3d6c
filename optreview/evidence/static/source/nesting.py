"""How deeply a file nests, before it goes to a parser that is native, recursive and superlinear in depth."""

from __future__ import annotations

import ast

from optreview.evidence.static.source import python_parser

#: Expressions inside each other; a sum of so many terms takes the parser a second.
_EXPRESSIONS = 2_000
#: Statements inside each other; each ``elif`` is inside the one before.
_STATEMENTS = 1_000
#: What is shorter than this and stands on one line cannot be that deep.
_SHORT = 1_000
#: Python itself takes no more brackets inside each other.
_BRACKETS = 200
_GIVES_UP = (RecursionError, MemoryError)


def too_deep(data: bytes) -> bool:
    """Whether parsing might end the process or take minutes.

    Python's own parser is safe and fast, so it is asked first. Where it does not know the syntax, only the
    brackets are counted.
    """
    try:
        tree = python_parser.parsed(data)
    except _GIVES_UP:
        return True
    except (SyntaxError, ValueError):
        return _brackets(data)
    return _statements(tree)


def _brackets(data: bytes) -> bool:
    """Whether brackets, those in strings included, are inside each other more often than Python allows."""
    depth = 0
    for byte in data.translate(None, _REST):
        depth += 1 if byte in _OPENING else -1
        if depth > _BRACKETS:
            return True
    return False


_OPENING, _CLOSING = b"([{", b")]}"
_REST = bytes(set(range(256)) - set(_OPENING + _CLOSING))


def _statements(tree: ast.Module) -> bool:
    pending: list[tuple[ast.AST, int]] = [(node, 1) for node in tree.body]
    while pending:
        node, depth = pending.pop()
        if depth > _STATEMENTS:
            return True
        if not hasattr(node, "body") and _is_short(node):
            continue
        for child in ast.iter_child_nodes(node):
            if isinstance(child, _HOLDERS):
                pending.append((child, depth + 1))
            elif not _is_short(child) and _expressions(child):
                return True
    return False


_HOLDERS = (ast.stmt, ast.excepthandler, ast.match_case)


def _is_short(node: ast.AST) -> bool:
    line, end = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    if line is None or line != end:
        return False
    return bool(getattr(node, "end_col_offset", _SHORT) - getattr(node, "col_offset", 0) < _SHORT)


def _expressions(node: ast.AST) -> bool:
    level: list[ast.AST] = [node]
    for _ in range(_EXPRESSIONS):
        level = [child for each in level for child in ast.iter_child_nodes(each)]
        if not level:
            return False
    return True
