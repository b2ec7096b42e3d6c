"""Statements that do not branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.interpreter.assignments import Assignments
from optreview.evidence.static.interpreter.branches import condition
from optreview.evidence.static.interpreter.code_values import Function
from optreview.evidence.static.interpreter.holders import Sequence
from optreview.evidence.static.interpreter.provenance import counted
from optreview.evidence.static.interpreter.queries import lasting, tensors
from optreview.evidence.static.interpreter.subscripts import key_names
from optreview.evidence.static.interpreter.tensors import binary, writes_in_place
from optreview.evidence.static.interpreter.values import (
    EMPTY,
    NULL,
    PARAM_STATE,
    UNKNOWN,
    Const,
    Marker,
    Scalar,
    Tensor,
    Value,
    join,
    only,
)
from optreview.evidence.static.source.modules import External, dotted_name, imported_names

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.machine import Scope


def written_name(node: cst.Call) -> str | None:
    """The variable that a statement such as ``x.mul_(y)`` or ``torch.mul(x, y, out=x)`` writes into."""
    target: cst.BaseExpression = node
    for argument in node.args:
        if argument.keyword is not None and argument.keyword.value == "out":
            return argument.value.value if type(argument.value) is cst.Name else None
    while type(target) is cst.Call and type(target.func) is cst.Attribute:
        if not writes_in_place(target.func.attr.value):
            return None
        target = target.func.value
    return target.value if type(target) is cst.Name else None


_ANSWERS = (only(Const(value=True)), only(Const(value=False)))
FALLS, LEAVES, RAISES = "falls", "leaves", "raises"


class Statements(Assignments):
    """Runs simple statements; each says how the flow goes on."""

    def _expression_statement(self, node: cst.Expr, scope: Scope) -> str:
        value = self.expression(node.value, scope)
        written = written_name(node.value) if type(node.value) is cst.Call else None
        if written in scope.variables and value and all(isinstance(atom, Tensor) for atom in value):
            scope.variables[written] = value  # the same tensor, which now holds something else
        return FALLS

    def _assign(self, node: cst.Assign, scope: Scope) -> str:
        value = self.expression(node.value, scope)
        kept = self._kept(node, value, scope)
        for target in node.targets:  # what is stored is told as it comes, a new tensor as a new one
            self.bind_target(target.target, value if type(target.target) is cst.Subscript else kept, scope)
            if type(node.value) is cst.IfExp and type(target.target) is cst.Name:
                self._remember_choice(target.target.value, node.value, scope)
        return FALLS

    def _kept(self, node: cst.Assign, value: Value, scope: Scope) -> Value:
        """In ``state["x"] = x`` and ``x = state["x"] = …`` the name stands for what the state keeps, too."""
        if lasting(value) is value or not (len(node.targets) > 1 or type(node.value) is cst.Name):
            return value
        for target in node.targets:
            if type(target.target) is cst.Subscript:
                with self.quiet():
                    owner, key = self.expression(target.target.value, scope), self.key(target.target, scope)
                names = key_names(key)
                if PARAM_STATE in owner and len(names) == 1:
                    value = lasting(value, names[0])
                    if type(node.value) is cst.Name:
                        scope.variables[node.value.value] = value
        return value

    def _remember_choice(self, name: str, node: cst.IfExp, scope: Scope) -> None:
        with self.quiet():
            chosen, other = self.expression(node.body, scope), self.expression(node.orelse, scope)
        text, positive = condition(node.test, scope)
        scope.choices[name, text] = (chosen, other) if positive else (other, chosen)

    def _annotated(self, node: cst.AnnAssign, scope: Scope) -> str:
        if node.value is not None:
            self.bind_target(node.target, self.expression(node.value, scope), scope)
        return FALLS

    def _augmented(self, node: cst.AugAssign, scope: Scope) -> str:
        value = self.expression(node.value, scope)
        before = self.expression(node.target, scope)
        # ``@=`` is the one operator that tensors have no in-place form of.
        written = tensors(before) if type(node.operator) is not cst.MatrixMultiplyAssign else []
        if written:
            name = type(node.operator).__name__.removesuffix("Assign")
            self.emit("in_place", node, scope.module, name, tuple(written), operands=(value,))
        self._augmented_record(node, before, scope)
        atoms: list[Value] = [only(tensor) for tensor in written]
        sequences = [atom for atom in before if isinstance(atom, Sequence)]
        for atom in sequences:
            for element in self.iterate(value):
                self.append(atom, element)
            atoms.append(only(atom))
        if not atoms or any(not isinstance(atom, Tensor | Sequence) for atom in before):
            atoms.append(counted(type(node.operator).__name__, binary(before, value), value))
        self.bind_target(node.target, join(*atoms), scope, site=node)
        return FALLS

    def _augmented_record(self, node: cst.AugAssign, before: Value, scope: Scope) -> None:
        """``self.state["k"] += 1`` writes into a tensor where the step has put one under that key."""
        if type(node.target) is not cst.Subscript or Marker("global_state") not in before:
            return
        with self.quiet():
            names = key_names(self.key(node.target, scope))
        for name in names:
            self.watch.read("shared", name)
        if any(name in self.shared_tensors for name in names):
            name = type(node.operator).__name__.removesuffix("Assign")
            self.emit("in_place", node, scope.module, name, (Tensor("state", None, "unknown"),))

    def _return(self, node: cst.Return, scope: Scope) -> str:
        value = self.expression(node.value, scope) if node.value is not None else NULL
        if value in _ANSWERS and len(self.guards) > self.outer_guards:
            value = join(value, self._behind_answer())
        scope.returned = join(scope.returned, value)
        if len(self.stack) == 1:
            self.emit("return", node, scope.module, "value" if node.value is not None else "", value=value)
        return LEAVES

    def _behind_answer(self) -> Value:
        """What a bare ``return False`` under conditions depends on: the options that they ask."""
        names = frozenset().union(*(guard.names for guard in self.guards[self.outer_guards :]))
        return only(Scalar(names)) if names else EMPTY

    def _raise(self, node: cst.Raise, scope: Scope) -> str:
        target = node.exc.func if type(node.exc) is cst.Call else node.exc
        self.emit("raise", node, scope.module, dotted_name(target))
        return RAISES

    def _assert(self, node: cst.Assert, scope: Scope) -> str:
        value = self.test(node.test, scope)
        with self.guarded(self.guard(node.test, value, scope, positive=False)):
            self.emit("raise", node, scope.module, "AssertionError")
        return FALLS

    def _leave_loop(self, node: cst.CSTNode, scope: Scope) -> str:
        del node
        if scope.loops:
            scope.loops[-1].append(dict(scope.variables))
        return LEAVES

    def _import(self, node: cst.Import | cst.ImportFrom, scope: Scope) -> str:
        bound, _ = imported_names(node, scope.module)
        for name, imported in bound.items():
            owner = self.index.load(imported.module) or External(imported.module)
            found = owner if imported.attribute is None else self.index.attribute(owner, imported.attribute)
            scope.variables[name] = self.definition(found) or UNKNOWN
        return FALLS

    def _delete(self, node: cst.Del, scope: Scope) -> str:
        """``del shape[0]``; what else is deleted is not asked for again."""
        if type(node.target) is cst.Subscript:
            for atom in self.expression(node.target.value, scope):
                if isinstance(atom, Sequence):
                    atom.shorten()
        return FALLS

    def _define(self, node: cst.FunctionDef, scope: Scope) -> str:
        key = ("function", node)
        if key not in scope.allocated:
            scope.allocated[key] = Function(scope.module, node, scope.owner, None, scope.variables)
        scope.variables[node.name.value] = only(scope.allocated[key])
        return FALLS
