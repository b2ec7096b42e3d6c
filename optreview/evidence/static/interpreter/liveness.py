"""Which variables a loop's body may read before it has set them: only they matter for the next turn."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.source.tokens import PLANS, Field, Parts

if TYPE_CHECKING:
    from optreview.evidence.static.source.modules import Module

Names = frozenset[str]


def carried(module: Module, node: cst.For | cst.While) -> Names:
    """The variables whose value before a turn of the loop matters for the turn."""
    known = module.carried.get(id(node))
    if known is None:
        found = _Found()
        bound: set[str] = set()
        if isinstance(node, cst.For):
            _bind(node.target, bound, found)
        else:
            _reads(node.test, bound, found)
        _block(node.body, bound, found)
        known = module.carried[id(node)] = frozenset(found)
    return known


class _Found(set[str]):
    """Names read before they are bound."""


def _block(body: cst.BaseSuite, bound: set[str], found: _Found) -> bool:
    """Walk a suite; whether its end is reached."""
    return all(_statement(statement, bound, found) for statement in body.body)


def _statement(node: cst.CSTNode, bound: set[str], found: _Found) -> bool:  # noqa: C901, PLR0912 - one case a line
    if type(node) is cst.SimpleStatementLine:
        return all(_statement(small, bound, found) for small in node.body)
    if type(node) is cst.Assign:
        _reads(node.value, bound, found)
        for target in node.targets:
            _bind(target.target, bound, found)
    elif type(node) is cst.AnnAssign:
        if node.value is not None:
            _reads(node.value, bound, found)
            _bind(node.target, bound, found)
    elif type(node) is cst.If:
        _reads(node.test, bound, found)
        return _branches(node, bound, found)
    elif type(node) is cst.For:
        _reads(node.iter, bound, found)
        inner = set(bound)
        _bind(node.target, inner, found)
        _block(node.body, inner, found)
        _else(node.orelse, bound, found)
    elif type(node) is cst.While:
        _reads(node.test, bound, found)
        _block(node.body, set(bound), found)
        _else(node.orelse, bound, found)
    elif type(node) is cst.With:
        for item in node.items:
            _reads(item.item, bound, found)
            if item.asname is not None:
                _bind(item.asname.name, bound, found)
        return _block(node.body, bound, found)
    elif type(node) is cst.FunctionDef:
        _reads(node, bound, found)
        bound.add(node.name.value)
    elif type(node) is cst.Try or type(node) is cst.TryStar:
        _block(node.body, set(bound), found)
        for handler in node.handlers:
            _block(handler.body, set(bound), found)
        for part in (node.orelse, node.finalbody):
            if part is not None:
                _block(part.body, set(bound), found)
    else:
        _reads(node, bound, found)
        return not isinstance(node, cst.Continue | cst.Break | cst.Return | cst.Raise)
    return True


def _branches(node: cst.If, bound: set[str], found: _Found) -> bool:
    first, second = set(bound), set(bound)
    ends = [_block(node.body, first, found)]
    if type(node.orelse) is cst.If:
        ends.append(_statement(node.orelse, second, found))
    else:
        ends.append(node.orelse is None or _block(node.orelse.body, second, found))
    reached = [names for names, end in zip((first, second), ends, strict=True) if end]
    if reached:
        bound |= set.intersection(*reached)
    return bool(reached)


def _else(node: cst.Else | None, bound: set[str], found: _Found) -> None:
    if node is not None:
        _block(node.body, set(bound), found)


def _bind(target: cst.CSTNode, bound: set[str], found: _Found) -> None:
    if type(target) is cst.Name:
        bound.add(target.value)
    elif type(target) is cst.Tuple or type(target) is cst.List:
        for element in target.elements:
            _bind(element.value, bound, found)
    else:
        _reads(target, bound, found)


def _reads(node: cst.CSTNode, bound: set[str], found: _Found) -> None:
    """Every name in a piece of code counts as read, but for attributes, keywords and own variables."""
    pending: list[cst.CSTNode] = [node]
    while pending:
        each = pending.pop()
        if type(each) is cst.Name:
            if each.value not in bound:
                found.add(each.value)
        elif type(each) is cst.Attribute or type(each) is cst.Arg:
            pending.append(each.value)
        elif isinstance(each, cst.BaseComp):
            _comprehension(each, bound, found)
        else:
            pending += _code(each)


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...] | None:
    """The attributes under which a kind of node holds code; None where its children have to be asked for."""
    plan = PLANS.get(kind)
    if plan is None:
        return None
    held = (step.name for step in plan.steps if isinstance(step, Field | Parts))
    return tuple(name for name in held if name not in {"comma", "semicolon", "equal", "operator"})


def _code(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes in a node, without blanks and signs; libcst's own ``children`` visits all of them."""
    fields = _fields(type(node))
    if fields is None:
        return [each for each in node.children if not isinstance(each, cst.BaseParenthesizableWhitespace)]
    found: list[cst.CSTNode] = []
    for name in fields:
        held = getattr(node, name)
        if isinstance(held, tuple | list):
            found += held
        elif isinstance(held, cst.CSTNode):
            found.append(held)
    return found


def _comprehension(node: cst.BaseComp, bound: set[str], found: _Found) -> None:
    inner = set(bound)
    loop: cst.CompFor | None = node.for_in
    while loop is not None:
        _reads(loop.iter, inner, found)
        _bind(loop.target, inner, found)
        for condition in loop.ifs:
            _reads(condition.test, inner, found)
        loop = loop.inner_for_in
    parts = (node.key, node.value) if type(node) is cst.DictComp else (node.elt,)  # type: ignore[attr-defined]
    for part in parts:
        _reads(part, inner, found)
