"""What the text of a file imports, as Python's own parser tells."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from optreview.records.common import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Functions that import what they are told; where that is not written out, it can be anything of the package.
_BY_NAME = frozenset({"import_module", "__import__"})


class Import(NamedTuple):
    """A module, relative to the package ``level`` above where that is not zero, and names wanted of it."""

    module: str
    level: int
    names: tuple[str, ...]


class Imports(Record, frozen=True):
    """All imports of a file.

    Attributes:
        anything: What it imports cannot be told from its text.
    """

    found: tuple[Import, ...] = ()
    anything: bool = False


def imports(content: bytes) -> Imports:
    """What a file imports, wherever in it that stands."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Imports(anything=True)
    found: dict[Import, None] = {}
    anything = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.update(dict.fromkeys(_imported(node)))
        elif isinstance(node, ast.Attribute):
            anything = anything or node.attr in _BY_NAME
        elif isinstance(node, ast.Name):
            anything = anything or node.id in _BY_NAME
    return Imports(found=tuple(found), anything=anything)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[Import]:
    if isinstance(node, ast.ImportFrom):
        names = tuple(each.name for each in node.names if each.name != "*")
        yield Import(node.module or "", node.level, names)
        return
    for each in node.names:
        yield Import(each.name, 0, ())
        if each.asname is None and "." in each.name:  # the name that it binds is that of the first package
            yield Import(each.name.partition(".")[0], 0, ())
