"""Reading subscripts: lists, dictionaries, and the optimizer's state and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.interpreter import provenance
from optreview.evidence.static.interpreter import tensors as torch_model
from optreview.evidence.static.interpreter.code_values import Instance
from optreview.evidence.static.interpreter.holders import Mapping, Sequence
from optreview.evidence.static.interpreter.order import ordered
from optreview.evidence.static.interpreter.queries import constant, derived, tensors
from optreview.evidence.static.interpreter.values import (
    DEFAULTS,
    EMPTY,
    GROUP,
    GROUPS,
    PARAM_STATE,
    STATE,
    UNKNOWN,
    Const,
    Marker,
    Scalar,
    Shape,
    Tensor,
    Text,
    Value,
    join,
    only,
    origins,
)
from optreview.evidence.static.interpreter.watch import births

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.machine import Scope
    from optreview.evidence.static.interpreter.values import Atom

from optreview.evidence.static.interpreter.attributes import Attributes


class Subscripts(Attributes):
    """Evaluates ``owner[key]``."""

    def subscript(self, node: cst.Subscript, scope: Scope) -> Value:
        """``owner[key]``."""
        owner = self.expression(node.value, scope)
        key = self.key(node, scope)
        self._chosen_by_mask(node, owner, key, scope)
        since = births()
        found = [self.item(atom, key, node, scope) for atom in ordered(owner)]
        return self.steady(join(*found), node, scope, since) if found else UNKNOWN

    def _chosen_by_mask(self, node: cst.Subscript, owner: Value, key: Value, scope: Scope) -> None:
        """``t[t > 0]``: how many elements there are is only known when the comparison has been read."""
        if tensors(owner) and provenance.masks(key):
            self.emit("sync", node, scope.module, "a mask", tuple(tensors(owner)))

    def key(self, node: cst.Subscript, scope: Scope) -> Value:
        """The value between the brackets; slices and several indices are a plain scalar."""
        if len(node.slice) == 1 and type(node.slice[0].slice) is cst.Index:
            return self.expression(node.slice[0].slice.value, scope)
        for element in node.slice:
            part = element.slice
            parts: list[cst.BaseExpression | None] = []
            if type(part) is cst.Index:
                parts = [part.value]
            elif type(part) is cst.Slice:
                parts = [part.lower, part.upper, part.step]
            for expression in parts:
                if expression is not None:
                    self.expression(expression, scope)
        return only(Scalar(traits=frozenset({"slice"})))

    def item(self, atom: Atom, key: Value, node: cst.CSTNode, scope: Scope) -> Value:  # noqa: PLR0911 - one case a line
        """``atom[key]`` for one alternative."""
        if isinstance(atom, Marker):
            return self._marker_item(atom, key, node, scope)
        if isinstance(atom, Tensor) and key and all(isinstance(part, Tensor) for part in key):
            return torch_model.temporary("partial")  # what a mask or indices choose is copied
        if isinstance(atom, Tensor):
            whole = "slice" in origins(key)[1]
            return only(torch_model.resized(atom, atom.size if whole else "partial"))
        if isinstance(atom, Sequence):
            number = constant(key)
            if number is not None and isinstance(number.value, int):
                return atom.at(number.value) or UNKNOWN
            if "slice" in origins(key)[1]:
                return only(Sequence(None, atom.element()))
            return atom.element() or UNKNOWN
        if isinstance(atom, Mapping):
            return self._mapping_item(atom, key)
        if isinstance(atom, Shape):
            whole = "slice" in origins(key)[1]
            return only(Shape("partial")) if whole else only(Scalar(traits=frozenset({"shape"})))
        if isinstance(atom, Instance):
            return self._call_special(atom, "__getitem__", [key], node, scope)
        return derived([only(atom)])

    def _call_special(
        self, atom: Instance, name: str, arguments: list[Value], node: cst.CSTNode, scope: Scope
    ) -> Value:
        method = self.lineage_of(atom.ref).method(name)
        if method is None:
            return UNKNOWN
        function = self.function(method.owner.module, method.node, method.owner, only(atom))
        return self.inline(function, arguments, {}, node, scope)

    def _mapping_item(self, atom: Mapping, key: Value) -> Value:
        found: list[Value] = []
        for part in key:
            if isinstance(part, Const) and part.value in atom.entries:
                found.append(atom.entries[part.value])
            elif isinstance(part, Const) and (atom.rest or atom.entries):
                found.append(atom.rest)
            else:
                found.append(atom.element())
        return join(EMPTY, *found) or UNKNOWN

    def _marker_item(self, atom: Marker, key: Value, node: cst.CSTNode, scope: Scope) -> Value:
        if atom == STATE:
            texts = [part for part in key if isinstance(part, Const) and isinstance(part.value, str)]
            return only(Marker("global_state")) if texts and len(texts) == len(key) else only(PARAM_STATE)
        if atom == GROUPS:
            return only(GROUP) if "slice" not in origins(key)[1] else only(GROUPS)
        if atom == PARAM_STATE:
            names = key_names(key)
            for name in names:
                self.looked_up("state", name, node, scope.module)
            found = [self.get_state(name) for name in names]
            return join(EMPTY, *found) or only(Tensor("state", "*", "unknown"))
        if atom in {GROUP, DEFAULTS}:
            names = key_names(key)
            for name in names:
                self.looked_up("group", name, node, scope.module)
            return join(EMPTY, *(self.get_group(name) for name in names)) or UNKNOWN
        return UNKNOWN


def key_names(key: Value) -> list[str]:
    """The keys that a value can be; unknown stretches are ``*``."""
    names: list[str] = []
    for atom in sorted(key, key=repr):
        if isinstance(atom, Const) and isinstance(atom.value, str):
            names.append(atom.value)
        elif isinstance(atom, Const):
            names.append(repr(atom.value))
        elif isinstance(atom, Text):
            names.append(atom.pattern)
        else:
            names.append("*")
    return list(dict.fromkeys(names))
