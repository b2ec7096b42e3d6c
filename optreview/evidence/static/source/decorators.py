"""Which decorators leave what they decorate as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.source.modules import (
    ClassRef,
    External,
    FunctionRef,
    Module,
    dotted_name,
    statements,
)

if TYPE_CHECKING:
    from optreview.evidence.static.source.index import Index

_BUILTIN = frozenset({"property", "staticmethod", "classmethod"})
_OF_PROPERTIES = frozenset({"setter", "getter", "deleter"})
#: Modules of Python whose decorators keep what a function does, and those in them that do not.
_KEEPING = ("abc", "contextlib", "dataclasses", "functools", "typing", "typing_extensions", "warnings")
_CHANGING = frozenset({"singledispatch", "singledispatchmethod", "partial", "partialmethod"})


def opaque(index: Index, module: Module, decorator: cst.BaseExpression) -> bool:
    """Whether a decorator may do more than the text that it stands above.

    Those of torch and of the standard library are known. One of the package is harmless when it hands back
    what it was given, as one that registers does.
    """
    called = isinstance(decorator, cst.Call)
    target = decorator.func if isinstance(decorator, cst.Call) else decorator
    name = dotted_name(target)
    tail = name.rpartition(".")[2]
    if name in _BUILTIN or (tail in _OF_PROPERTIES and "." in name):
        return False
    found = index.dotted(module, target)
    if isinstance(found, External):
        return not _known(found.name)
    if isinstance(found, FunctionRef):
        own = f"{found.module.name}.{found.node.name.value}"
        return not _known(own) and not _hands_back(found.node, called=called)
    if isinstance(found, ClassRef):
        return not _known(f"{found.module.name}.{found.name}")
    return True


def _known(name: str) -> bool:
    top, _, rest = name.partition(".")
    return top == "torch" or (top in _KEEPING and rest.rpartition(".")[2] not in _CHANGING)


def _hands_back(node: cst.FunctionDef, *, called: bool) -> bool:
    """Whether a decorator returns its argument, unchanged; one that is called makes the decorator inside."""
    if called:
        inner = [each for each in statements(node.body.body) if isinstance(each, cst.FunctionDef)]
        last = node.body.body[-1] if node.body.body else None
        return (
            len(inner) == 1 and _returned(last) == inner[0].name.value and _hands_back(inner[0], called=False)
        )
    positional = [*node.params.posonly_params, *node.params.params]
    if len(positional) != 1 or node.decorators:
        return False
    visitor = _Handing(positional[0].name.value)
    node.body.visit(visitor)
    return visitor.keeps and visitor.returns > 0


def _returned(statement: cst.CSTNode | None) -> str:
    if isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[-1], cst.Return):
        return dotted_name(statement.body[-1].value)
    return ""


class _Handing(cst.CSTVisitor):
    """Whether every return hands back one name, and nothing assigns to it or to its attributes."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.keeps = True
        self.returns = 0

    def visit_Return(self, node: cst.Return) -> None:  # noqa: N802 - libcst's name
        self.returns += 1
        self.keeps &= dotted_name(node.value) == self.name

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:  # noqa: N802 - libcst's name
        self.keeps &= dotted_name(node.target).partition(".")[0] != self.name

    def visit_Call(self, node: cst.Call) -> None:  # noqa: N802 - libcst's name
        self.keeps &= dotted_name(node.func) not in {"setattr", "exec"}

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: N802 - libcst's name
        del node
        self.keeps = False
        return False
