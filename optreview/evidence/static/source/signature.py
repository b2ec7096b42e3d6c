"""The constructor's parameters as written: defaults, annotations, literal choices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.source.literals import number, text_of
from optreview.evidence.static.source.modules import ConstantRef, External, dotted_name
from optreview.frozen import Frozen

if TYPE_CHECKING:
    from optreview.evidence.static.source.classes import Lineage, Method
    from optreview.evidence.static.source.index import Index
    from optreview.evidence.static.source.modules import Module
    from optreview.records import Location

_ALIAS_HOPS = 4


class Parameter(Frozen, frozen=True):
    """One constructor parameter.

    Attributes:
        default: Source text of the default.
        numeric: The default is a number or a tuple of numbers.
        value: The default as a Python literal, or None when it is none (``known`` tells the two apart).
    """

    name: str
    location: Location
    default: str | None
    annotation: str | None
    keyword_only: bool
    choices: tuple[str, ...]
    known: bool
    value: object

    @property
    def numeric(self) -> bool:
        """Whether the default is a number or a tuple of numbers."""
        if isinstance(self.value, tuple):
            return bool(self.value) and any(_is_number(item) for item in self.value)
        return _is_number(self.value)


class Signature(Frozen, frozen=True):
    """What a constructor accepts beyond the parameters to optimize."""

    constructor: Method | None
    parameters: tuple[Parameter, ...]
    extra_keywords: bool

    def get(self, name: str) -> Parameter | None:
        """The parameter of that name."""
        return next((entry for entry in self.parameters if entry.name == name), None)


def read(index: Index, lineage: Lineage) -> Signature:
    """Read the constructor that a class has or inherits."""
    constructor = lineage.method("__init__")
    if constructor is None:
        return Signature(None, (), extra_keywords=False)
    module, declared = constructor.owner.module, constructor.node.params
    positional = [*declared.posonly_params, *declared.params][1:]
    if positional and _holds_parameters(positional[0], module):
        positional = positional[1:]
    found = [_parameter(index, module, entry, keyword_only=False) for entry in positional]
    found += [_parameter(index, module, entry, keyword_only=True) for entry in declared.kwonly_params]
    return Signature(constructor, tuple(found), extra_keywords=declared.star_kwarg is not None)


def _holds_parameters(entry: cst.Param, module: Module) -> bool:
    """The first argument is the parameters to optimize unless it is a wrapped optimizer or has a default."""
    name = entry.name.value.lower()
    annotation = module.text(entry.annotation.annotation) if entry.annotation else ""
    if "param" in name or "param" in annotation.lower():
        return True
    return entry.default is None and "optim" not in name


def _parameter(index: Index, module: Module, entry: cst.Param, *, keyword_only: bool) -> Parameter:
    annotation = entry.annotation.annotation if entry.annotation else None
    known, value = literal(index, module, entry.default) if entry.default is not None else (False, None)
    return Parameter(
        name=entry.name.value,
        location=module.location(entry),
        default=module.text(entry.default) if entry.default is not None else None,
        annotation=module.text(annotation) if annotation is not None else None,
        keyword_only=keyword_only,
        choices=literal_choices(index, module, annotation) if annotation is not None else (),
        known=known,
        value=value,
    )


def literal(  # noqa: C901, PLR0911 - one case a line
    index: Index, module: Module, node: cst.BaseExpression, hops: int = _ALIAS_HOPS
) -> tuple[bool, object]:
    """A literal's value, through module-level names; the flag says whether it is one."""
    if isinstance(node, cst.Integer | cst.Float):
        try:
            return True, number(node)
        except (ValueError, OverflowError):
            return False, None
    if isinstance(node, cst.SimpleString):
        return True, text_of(node)
    if isinstance(node, cst.ConcatenatedString):
        return True, node.evaluated_value
    if isinstance(node, cst.Name) and node.value in _NAMED:
        return True, _NAMED[node.value]
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        known, value = literal(index, module, node.expression, hops)
        return (True, -value) if known and isinstance(value, int | float) else (False, None)
    if isinstance(node, cst.Call) and (value := _infinity(index, module, node)) is not None:
        return True, value
    if isinstance(node, cst.Tuple | cst.List):
        parts = [literal(index, module, element.value, hops) for element in node.elements]
        return (
            (True, tuple(value for _, value in parts)) if all(known for known, _ in parts) else (False, None)
        )
    if isinstance(node, cst.Name | cst.Attribute) and hops > 0:
        found = index.dotted(module, node)
        if isinstance(found, ConstantRef):
            return literal(index, found.module, found.node, hops - 1)
    return False, None


_NAMED = {"True": True, "False": False, "None": None}
_INFINITE = frozenset({"inf", "infinity", "+inf"})


def _infinity(index: Index, module: Module, node: cst.Call) -> float | None:
    """``float("inf")``: infinity has no literal of its own."""
    if dotted_name(node.func) != "float" or len(node.args) != 1:
        return None
    known, value = literal(index, module, node.args[0].value)
    return math.inf if known and isinstance(value, str) and value.strip().lower() in _INFINITE else None


def literal_choices(
    index: Index, module: Module, node: cst.BaseExpression, hops: int = _ALIAS_HOPS
) -> tuple[str, ...]:
    """The choices of ``Literal[…]``, also behind an alias, in a union or in ``Optional``."""
    if isinstance(node, cst.Subscript):
        return _subscript_choices(index, module, node, hops)
    if isinstance(node, cst.BinaryOperation):
        left, right = (literal_choices(index, module, side, hops) for side in (node.left, node.right))
        return tuple(dict.fromkeys((*left, *right)))
    if isinstance(node, cst.SimpleString):
        return _quoted_choices(index, module, node, hops)
    if isinstance(node, cst.Name | cst.Attribute) and hops > 0:
        found = index.dotted(module, node)
        if isinstance(found, ConstantRef):
            return literal_choices(index, found.module, found.node, hops - 1)
    return ()


def _subscript_choices(index: Index, module: Module, node: cst.Subscript, hops: int) -> tuple[str, ...]:
    head = dotted_name(node.value)
    target = index.dotted(module, node.value)
    name = target.tail if isinstance(target, External) else head.rpartition(".")[2]
    inner = [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]
    if name == "Literal":
        return tuple(module.text(entry) for entry in inner)
    if name in {"Optional", "Union", "Annotated", "Final"}:
        found = [choice for entry in inner for choice in literal_choices(index, module, entry, hops)]
        return tuple(dict.fromkeys(found))
    return ()


def _quoted_choices(index: Index, module: Module, node: cst.SimpleString, hops: int) -> tuple[str, ...]:
    text = node.evaluated_value
    if hops <= 0 or not isinstance(text, str):
        return ()
    try:
        return literal_choices(index, module, cst.parse_expression(text), hops - 1)
    except cst.ParserSyntaxError:
        return ()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
