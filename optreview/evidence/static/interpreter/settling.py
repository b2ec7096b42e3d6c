"""Containers by the place that makes them: run again, it gives the same one, or nothing would settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.code_values import Function
from optreview.evidence.static.interpreter.holders import Mapping, Sequence
from optreview.evidence.static.interpreter.machine import Machine, Scope
from optreview.evidence.static.interpreter.values import UNKNOWN, Const, Value, only

if TYPE_CHECKING:
    import libcst as cst

    from optreview.evidence.static.source.modules import ClassRef, Module


class Settling(Machine):
    """Makes containers and functions that stay themselves."""

    def function(
        self, module: Module, node: cst.FunctionDef, owner: ClassRef | None = None, bound: Value | None = None
    ) -> Function:
        """A function with its receiver, always the same one."""
        key = (id(node), owner, bound)
        known = self.functions.get(key)
        if known is None:
            known = self.functions[key] = Function(module, node, owner, bound)
        return known

    def steady(self, value: Value, site: cst.CSTNode, scope: Scope, since: int) -> Value:
        """A value whose container, if younger than ``since``, becomes the one that the site made before."""
        if len(value) != 1:
            return value
        (made,) = value
        if not (type(made) is Sequence or type(made) is Mapping) or made.born < since:
            return value
        found = scope.allocated.setdefault((id(site), scope.turn), made)
        if found is made:
            return value
        if isinstance(found, Sequence) and isinstance(made, Sequence):
            same = found.same_extents(made)
            return only(found if same else self.refreshed(found, list(made.items or ()), made.rest))
        if isinstance(found, Mapping) and isinstance(made, Mapping):
            for key, entry in made.entries.items():
                self.put(found, only(Const(key)), entry)
            if made.rest:
                self.put(found, UNKNOWN, made.rest)
            return only(found)
        return value

    def refreshed(self, found: Sequence, items: list[Value], rest: Value) -> Sequence:
        """The list that the same place made earlier, widened by the new elements."""
        for value in found.refresh(items, rest):
            self.append(found, value)
        return found
