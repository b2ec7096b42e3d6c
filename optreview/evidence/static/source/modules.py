"""A parsed file: its module-level names, and where its nodes stand."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.source import python_parser
from optreview.evidence.static.source.outline import Outline
from optreview.evidence.static.source.parsing import parse
from optreview.evidence.static.source.positions import Positions, Span
from optreview.evidence.static.suppressions import Suppressions
from optreview.records import Location, Position, SourceFile

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator

    from optreview.evidence.static.interpreter.values import Value


@dataclass(frozen=True, slots=True)
class Import:
    """``from module import attribute``, or ``import module`` when ``attribute`` is None."""

    module: str
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class External:
    """Something outside the package, known by its dotted name only."""

    name: str

    @property
    def tail(self) -> str:
        """The last component of the dotted name."""
        return self.name.rpartition(".")[2]


@dataclass(slots=True, eq=False)
class Module:
    """A parsed file and its module-level names.

    Attributes:
        written: Python's own tree of it, None where Python's parser gives up on what libcst could read.
    """

    name: str
    file: str
    is_package: bool
    tree: cst.Module
    code: str
    digest: str
    functions: dict[str, cst.FunctionDef] = field(default_factory=dict)
    classes: dict[str, cst.ClassDef] = field(default_factory=dict)
    constants: dict[str, cst.BaseExpression] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    docs: dict[str, cst.BaseExpression] = field(default_factory=dict)
    carried: dict[int, frozenset[str]] = field(default_factory=dict)
    literals: dict[int, Value] = field(default_factory=dict)
    conditions: dict[int, tuple[str, bool]] = field(default_factory=dict)
    written: ast.Module | None = None
    _lines: tuple[str, ...] | None = None
    _positions: Positions | None = None
    _texts: dict[int, str] = field(default_factory=dict)
    _outline: Outline | None = None
    _suppressions: Suppressions | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """Its lines as Python counts them: a form feed, say, ends none."""
        if self._lines is None:
            self._lines = tuple(self.code.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
        return self._lines

    @property
    def positions(self) -> Positions:
        """Where the nodes stand; found on first use, for the whole file at once."""
        if self._positions is None:
            self._positions = Positions(self.tree, self.code)
        return self._positions

    @property
    def outline(self) -> Outline:
        """Its statements by line; found for the whole file on first use."""
        if self._outline is None:
            self._outline = Outline(self)
        return self._outline

    @property
    def suppressions(self) -> Suppressions:
        """Its comments that suppress findings; looked for on first use."""
        if self._suppressions is None:
            self._suppressions = Suppressions.of(self)
        return self._suppressions

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node stands."""
        return self.positions.span(node) or Span(1, 1, 1, 1)

    def location(self, node: cst.CSTNode) -> Location:
        """A node's place as it appears in records."""
        span = self.span(node)
        return Location(file=self.file, line=span.line, column=span.column)

    def end(self, node: cst.CSTNode) -> Position:
        """Where a node ends, exclusive."""
        span = self.span(node)
        return Position(line=span.end_line, column=span.end_column)

    def text(self, node: cst.CSTNode) -> str:
        """Source text of a node on one line."""
        known = self._texts.get(id(node))
        if known is None:
            # A node's extent leaves its own parentheses out, as libcst's positions do.
            around = len(getattr(node, "lpar", ()))
            text = self.positions.text(node)
            words = " ".join((self.tree.code_for_node(node) if text is None else text).split())
            # Only nodes of this tree stay alive, so that only they can be known by their identity.
            known = "(" * around + words + ")" * around
            if text is not None:
                self._texts[id(node)] = known
        return known

    @property
    def source(self) -> SourceFile:
        """The record of having read this file."""
        return SourceFile(file=self.file, sha256=self.digest)


@dataclass(frozen=True, slots=True)
class ClassRef:
    """A class defined in a module of the package."""

    module: Module
    node: cst.ClassDef

    @property
    def name(self) -> str:
        """The class's own name."""
        return self.node.name.value


@dataclass(frozen=True, slots=True)
class FunctionRef:
    """A function defined at the top level of a module."""

    module: Module
    node: cst.FunctionDef


@dataclass(frozen=True, slots=True)
class ConstantRef:
    """A name assigned at the top level of a module."""

    module: Module
    node: cst.BaseExpression


Definition = ClassRef | FunctionRef | ConstantRef | Module | External


def parsed(name: str, shown: str, data: bytes) -> Module:
    """A file's module from its bytes.

    Raises:
        UnreadableError: They are no Python source.
    """
    tree = parse(data, shown)
    code = data.decode(tree.encoding, errors="replace").removeprefix("\ufeff")
    module = Module(name, shown, shown.endswith("__init__.py"), tree, code, hashlib.sha256(data).hexdigest())
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        module.written = python_parser.parsed(data)  # known already, from making sure that it is not too deep
    _tabulate(module, tree.body)
    return module


def statements(body: Iterable[cst.BaseStatement | cst.BaseSmallStatement]) -> Iterator[cst.CSTNode]:
    """The simple and compound statements of a block, looking into ``if``, ``try`` and ``with``."""
    for statement in body:
        if type(statement) is cst.SimpleStatementLine:
            yield from statement.body
        elif type(statement) is cst.If:
            yield from statements(statement.body.body)
            if type(statement.orelse) is cst.If:
                yield from statements((statement.orelse,))
            elif statement.orelse is not None:
                yield from statements(statement.orelse.body.body)
        elif type(statement) is cst.Try:
            # What the handlers define stands in for what was missing, so the body's own names come last.
            for handler in statement.handlers:
                yield from statements(handler.body.body)
            yield from statements(statement.body.body)
        elif type(statement) is cst.With:
            yield from statements(statement.body.body)
        else:
            yield statement


def _tabulate(module: Module, body: Iterable[cst.BaseStatement]) -> None:
    for node in statements(body):
        if type(node) is cst.FunctionDef:
            module.functions[node.name.value] = node
        elif type(node) is cst.ClassDef:
            module.classes[node.name.value] = node
        elif type(node) is cst.Import or type(node) is cst.ImportFrom:
            names, star = imported_names(node, module)
            module.imports.update(names)
            module.stars.extend(star)
        elif type(node) is cst.Assign:
            for target in node.targets:
                _tabulate_assignment(module, target.target, node.value)
        elif type(node) is cst.AnnAssign and node.value is not None:
            _tabulate_assignment(module, node.target, node.value)


def _tabulate_assignment(module: Module, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
    if type(target) is cst.Name:
        module.constants[target.value] = value
    elif dotted_name(target).endswith(".__doc__"):
        module.docs[dotted_name(target).removesuffix(".__doc__")] = value


def dotted_name(node: cst.CSTNode | None) -> str:
    """``a.b.c`` for a chain of names, the empty string for anything else."""
    if type(node) is cst.Name:
        return node.value
    if type(node) is cst.Attribute:
        prefix = dotted_name(node.value)
        return f"{prefix}.{node.attr.value}" if prefix else ""
    return ""


def imported_names(
    node: cst.Import | cst.ImportFrom, module: Module
) -> tuple[dict[str, Import], tuple[str, ...]]:
    """The names that an import statement binds, and the modules it star-imports."""
    if isinstance(node, cst.Import):
        return dict(_plain_import(alias) for alias in node.names), ()
    source = _absolute(node, module)
    if isinstance(node.names, cst.ImportStar):
        return {}, (source,)
    bound: dict[str, Import] = {}
    for alias in node.names:
        name = dotted_name(alias.name)
        local = dotted_name(alias.asname.name) if alias.asname else name
        bound[local] = Import(source, name)
    return bound, ()


def _plain_import(alias: cst.ImportAlias) -> tuple[str, Import]:
    name = dotted_name(alias.name)
    if alias.asname is not None:
        return dotted_name(alias.asname.name), Import(name)
    top = name.partition(".")[0]
    return top, Import(top)


def _absolute(node: cst.ImportFrom, module: Module) -> str:
    name = dotted_name(node.module)
    level = len(node.relative)
    if level == 0:
        return name
    parts = module.name.split(".")
    keep = len(parts) - level + (1 if module.is_package else 0)
    base = ".".join(parts[: max(keep, 0)])
    return f"{base}.{name}".strip(".") if name else base
