"""Where assigned values go: names, attributes, subscripts, tuples of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.interpreter.code_values import Instance
from optreview.evidence.static.interpreter.expressions import Expressions
from optreview.evidence.static.interpreter.holders import Row, Sequence
from optreview.evidence.static.interpreter.order import ordered
from optreview.evidence.static.interpreter.queries import tensors, widened
from optreview.evidence.static.interpreter.values import EMPTY, SELF, UNKNOWN, Tensor, Value, join, only

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.machine import Scope


def _element(held: Sequence, index: int, count: int) -> Value:
    """The element that the target at an index of so many targets gets."""
    items = held.items
    if items is not None and len(items) == count:
        return held.at(index)
    if items is None or held.star is None or held.appended:
        return held.element()
    if index < held.star:
        return items[index]
    behind = index - (count - len(items))
    return items[behind] if behind >= held.star else held.rest


class Assignments(Expressions):
    """Binds targets."""

    def bind_target(
        self, target: cst.CSTNode, value: Value, scope: Scope, *, site: cst.CSTNode | None = None
    ) -> None:
        """Assign a value to a name, attribute, subscript or tuple of them."""
        if type(target) is cst.Name:
            scope.variables[target.value] = value
            name = target.value
            for key in [key for key in scope.choices if key[0] == name or name in key[1].split()]:
                del scope.choices[key]
        elif type(target) is cst.Tuple or type(target) is cst.List:
            self._unpack(target, value, scope)
        elif type(target) is cst.Subscript:
            self._bind_subscript(target, value, scope, site or target)
        elif type(target) is cst.Attribute:
            self._bind_attribute(target, value, scope)
        elif type(target) is cst.StarredElement:
            self.bind_target(target.value, value, scope)

    def _unpack(self, target: cst.Tuple | cst.List, value: Value, scope: Scope) -> None:
        count = len(target.elements)
        starred = any(type(element) is cst.StarredElement for element in target.elements)
        for position, element in enumerate(target.elements):
            if type(element) is cst.StarredElement:
                rest = join(EMPTY, *self.iterate(value))
                self.bind_target(element.value, only(Row(None, rest)), scope)
                continue
            index = position if not starred or position == 0 else None
            self.bind_target(element.value, self._part(value, index, count), scope)

    def _part(self, value: Value, index: int | None, count: int) -> Value:
        parts: list[Value] = []
        for atom in value:
            if isinstance(atom, Sequence) and index is not None:
                parts.append(_element(atom, index, count))
            else:
                parts.extend(self.iterate(only(atom)))
        return join(EMPTY, *parts) or UNKNOWN

    def _bind_subscript(self, target: cst.Subscript, value: Value, scope: Scope, site: cst.CSTNode) -> None:
        owner = self.expression(target.value, scope)
        key = self.key(target, scope)
        written = tensors(owner)
        if written and site is target:
            self.emit("in_place", target, scope.module, "item assignment", tuple(written), operands=(value,))
        for atom in ordered(owner):
            if isinstance(atom, Instance):
                self._call_special(atom, "__setitem__", [key, value], target, scope)
            else:
                self.assign_item(atom, key, value, target, scope)

    def _bind_attribute(self, target: cst.Attribute, value: Value, scope: Scope) -> None:
        owner = self.expression(target.value, scope)
        name = target.attr.value
        for atom in ordered(owner):
            if isinstance(atom, Tensor) and name in {"data", "grad"}:
                role = atom if name == "data" else Tensor("gradient")
                if name == "data":
                    self.emit("data", target, scope.module, "assign", (atom,))
                    self.emit("in_place", target, scope.module, ".data =", (role,), operands=(value,))
            elif atom == SELF:
                self.emit("attribute", target, scope.module, name, value=value)
                self.looked_up("attribute_write", name, target, scope.module)
                if name not in {"state", "param_groups", "defaults"}:
                    self.set_attribute(name, value)
            elif isinstance(atom, Instance):
                atom.assign(name, widened(atom.known(name), value))
