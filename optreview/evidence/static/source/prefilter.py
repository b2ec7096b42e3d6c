"""Whether a file can define an optimizer at all, as Python's own parser tells in a fraction of the time."""

from __future__ import annotations

import ast
import builtins
import sys
from typing import TYPE_CHECKING

from optreview.evidence.static.source import python_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUILTIN = frozenset(dir(builtins))


def may_define_an_optimizer(data: bytes) -> bool:
    """False only when every base of every class is known to be no optimizer; a file that is broken may."""
    try:
        names = _Names(python_parser.parsed(data))
        return any(names.suspects(base, set()) for bases in names.classes.values() for base in bases)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True


class _Names:
    """The classes and imports at the top level of a file."""

    def __init__(self, tree: ast.Module) -> None:
        self.classes: dict[str, list[ast.expr]] = {}
        self.imports: dict[str, list[str]] = {}
        for node in _statements(tree.body):
            if isinstance(node, ast.ClassDef):
                self.classes.setdefault(node.name, []).extend(node.bases)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self.imports.setdefault(name, []).append(alias.name if alias.asname else name)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    source = "." * node.level + f"{node.module or ''}.{alias.name}"
                    self.imports.setdefault(alias.asname or alias.name, []).append(source)

    def suspects(self, base: ast.expr, seen: set[str]) -> bool:
        """Whether a base may be an optimizer."""
        while isinstance(base, ast.Subscript):
            base = base.value
        parts: list[str] = []
        while isinstance(base, ast.Attribute):
            parts.insert(0, base.attr)
            base = base.value
        if not isinstance(base, ast.Name):
            return True
        if base.id in seen:
            return False
        if base.id in self.classes and not parts:
            return any(self.suspects(each, seen | {base.id}) for each in self.classes[base.id])
        if base.id in self.imports:
            return any(_foreign(".".join([source, *parts])) for source in self.imports[base.id])
        return base.id not in _BUILTIN


def _foreign(name: str) -> bool:
    """Whether a dotted name may stand for an optimizer: neither Python's own nor torch's other classes do."""
    top = name.partition(".")[0]
    if top == "torch":
        return "optim" in name.lower()
    return top not in sys.stdlib_module_names or name.endswith("Optimizer")


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a file's top level, looking into ``if``, ``try`` and ``with``."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            for name in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, name, []))
            for handler in getattr(node, "handlers", ()):
                yield from _statements(handler.body)
