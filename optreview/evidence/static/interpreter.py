"""Statements: the flow of a function, with joins at branches and a second turn for loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.branches import Branch, condition, joined, joined_choices, narrow_none
from optreview.evidence.static.calls import by_convention
from optreview.evidence.static.classes import decorated, methods
from optreview.evidence.static.events import Guard
from optreview.evidence.static.expressions import Expressions
from optreview.evidence.static.index import External, dotted_name, imported_names
from optreview.evidence.static.machine import BudgetExhaustedError, Scope
from optreview.evidence.static.tensors import binary
from optreview.evidence.static.values import (
    EMPTY,
    NULL,
    SELF,
    UNKNOWN,
    Const,
    Function,
    Instance,
    Marker,
    Scalar,
    Sequence,
    Tensor,
    Value,
    constant,
    join,
    only,
    tensors,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence as Many

    from optreview.evidence.static.classes import Lineage, Method
    from optreview.evidence.static.index import Index, Module

#: Rounds over all entries until the stores no longer change.
_ROUNDS = 4
FALLS, LEAVES, RAISES = "falls", "leaves", "raises"


class Interpreter(Expressions):
    """Interprets the methods of one optimizer class."""

    def __init__(self, index: Index, lineage: Lineage) -> None:
        super().__init__(index, lineage)
        self.memo = {}
        self.step_reached: dict[cst.CSTNode, tuple[Module, str]] = {}

    # ---- entries

    def run(self, hyperparameters: dict[str, Value]) -> None:
        """Interpret constructor, step and the class's own methods until nothing new is learnt."""
        try:
            for _ in range(_ROUNDS):
                before = self.version
                self.events = {}
                self.reached = {}
                self.memo = {}
                self._round(hyperparameters)
                if self.version == before:
                    break
        except BudgetExhaustedError:
            self.limit("The source is too large to be followed to its end; what is listed is what was seen.")
        except RecursionError:
            self.limit(
                "The source is nested too deeply to be followed to its end; what is listed is what was seen."
            )
        self.guards, self.stack = [], []

    def _round(self, hyperparameters: dict[str, Value]) -> None:
        constructor = self.lineage.method("__init__")
        if constructor is not None:
            self._enter(constructor, hyperparameters)
        self.reached = {}
        step = self.lineage.method("step")
        if step is not None:
            self._enter(step, {"closure": by_convention("closure")})
        self.step_reached = dict(self.reached)
        for owner in self.lineage.read:
            if owner.module is not self.module:
                continue
            for name, node in methods(owner.node).items():
                method = self.lineage.method(name)
                if (
                    method is not None
                    and method.node is node
                    and node not in self.reached
                    and name not in _SKIPPED
                ):
                    self._enter(method, {})

    def _enter(self, method: Method, given: dict[str, Value]) -> None:
        self.entry = method.node.name.value
        self.guards, self.stack, self.grad = [], [], True
        receiver = None if decorated(method.node, "staticmethod") else only(SELF)
        function = Function(method.owner.module, method.node, method.owner, receiver)
        keywords = {name: value for name, value in given.items() if _takes(method.node, name)}
        scope = Scope(method.owner.module, method.owner, {})
        self.inline(function, [], keywords, method.node, scope)

    # ---- blocks

    def block(self, body: cst.BaseSuite, scope: Scope) -> str:
        """Run the statements of a suite; how it ends."""
        depth = len(self.guards)
        ending = FALLS
        for statement in body.body:
            ending = self._statement(statement, scope)
            if ending != FALLS:
                break
        del self.guards[depth:]
        return ending

    def _statement(self, node: cst.CSTNode, scope: Scope) -> str:
        if isinstance(node, cst.SimpleStatementLine):
            for small in node.body:
                ending = self._small(small, scope)
                if ending != FALLS:
                    return ending
            return FALLS
        handler = _COMPOUND.get(type(node))
        return handler(self, node, scope) if handler is not None else FALLS

    def _small(self, node: cst.CSTNode, scope: Scope) -> str:
        handler = _SIMPLE.get(type(node))
        return handler(self, node, scope) if handler is not None else FALLS

    # ---- simple statements

    def _expression_statement(self, node: cst.Expr, scope: Scope) -> str:
        self.expression(node.value, scope)
        return FALLS

    def _assign(self, node: cst.Assign, scope: Scope) -> str:
        value = self.expression(node.value, scope)
        for target in node.targets:
            self.bind_target(target.target, value, scope)
            if isinstance(node.value, cst.IfExp) and isinstance(target.target, cst.Name):
                self._remember_choice(target.target.value, node.value, scope)
        return FALLS

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
        written = tensors(before)
        if written:
            self.emit("in_place", node, scope.module, "augmented", tuple(written))
        atoms: list[Value] = [only(tensor) for tensor in written]
        sequences = [atom for atom in before if isinstance(atom, Sequence)]
        for atom in sequences:
            for element in self.iterate(value):
                self.append(atom, element)
            atoms.append(only(atom))
        if not atoms or any(not isinstance(atom, Tensor | Sequence) for atom in before):
            atoms.append(binary(before, value))
        self.bind_target(node.target, join(*atoms), scope, site=node)
        return FALLS

    def _return(self, node: cst.Return, scope: Scope) -> str:
        value = self.expression(node.value, scope) if node.value is not None else NULL
        scope.returned = join(scope.returned, value)
        if len(self.stack) == 1:
            self.emit("return", node, scope.module, "value" if node.value is not None else "", value=value)
        return LEAVES

    def _raise(self, node: cst.Raise, scope: Scope) -> str:
        target = node.exc.func if isinstance(node.exc, cst.Call) else node.exc
        self.emit("raise", node, scope.module, dotted_name(target))
        return RAISES

    def _assert(self, node: cst.Assert, scope: Scope) -> str:
        value = self.expression(node.test, scope)
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
            scope.variables[name] = self.definition(found, scope) or UNKNOWN
        return FALLS

    def _delete(self, node: cst.Del, scope: Scope) -> str:
        del node, scope
        return FALLS

    # ---- targets

    def bind_target(
        self, target: cst.CSTNode, value: Value, scope: Scope, *, site: cst.CSTNode | None = None
    ) -> None:
        """Assign a value to a name, attribute, subscript or tuple of them."""
        if isinstance(target, cst.Name):
            scope.variables[target.value] = value
            name = target.value
            for key in [key for key in scope.choices if key[0] == name or name in key[1].split()]:
                del scope.choices[key]
        elif isinstance(target, cst.Tuple | cst.List):
            self._unpack(target, value, scope)
        elif isinstance(target, cst.Subscript):
            self._bind_subscript(target, value, scope, site or target)
        elif isinstance(target, cst.Attribute):
            self._bind_attribute(target, value, scope)
        elif isinstance(target, cst.StarredElement):
            self.bind_target(target.value, value, scope)

    def _unpack(self, target: cst.Tuple | cst.List, value: Value, scope: Scope) -> None:
        count = len(target.elements)
        starred = any(isinstance(element, cst.StarredElement) for element in target.elements)
        for position, element in enumerate(target.elements):
            if isinstance(element, cst.StarredElement):
                rest = join(EMPTY, *self.iterate(value))
                self.bind_target(element.value, only(Sequence(None, rest)), scope)
                continue
            index = position if not starred or position == 0 else None
            self.bind_target(element.value, self._part(value, index, count), scope)

    def _part(self, value: Value, index: int | None, count: int) -> Value:
        parts: list[Value] = []
        for atom in value:
            if isinstance(atom, Sequence) and index is not None:
                known = atom.items is not None and len(atom.items) == count
                parts.append(atom.at(index) if known else atom.element())
            else:
                parts.extend(self.iterate(only(atom)))
        return join(EMPTY, *parts) or UNKNOWN

    def _bind_subscript(self, target: cst.Subscript, value: Value, scope: Scope, site: cst.CSTNode) -> None:
        owner = self.expression(target.value, scope)
        key = self.key(target, scope)
        written = tensors(owner)
        if written and site is target:
            self.emit("in_place", target, scope.module, "item assignment", tuple(written))
        for atom in owner:
            if isinstance(atom, Instance):
                self._call_special(atom, "__setitem__", [key, value], target, scope)
            else:
                self.assign_item(atom, key, value, target, scope)

    def _bind_attribute(self, target: cst.Attribute, value: Value, scope: Scope) -> None:
        owner = self.expression(target.value, scope)
        name = target.attr.value
        for atom in owner:
            if isinstance(atom, Tensor) and name in {"data", "grad"}:
                role = atom if name == "data" else Tensor("gradient")
                if name == "data":
                    self.emit("data", target, scope.module, "assign", (atom,))
                    self.emit("in_place", target, scope.module, ".data =", (role,))
            elif atom == SELF:
                self.emit("attribute", target, scope.module, name, value=value)
                if name not in {"state", "param_groups", "defaults"}:
                    self.set_attribute(name, value)
            elif isinstance(atom, Instance):
                before = atom.attributes.get(name, EMPTY)
                after = join(before, value)
                if before != after:
                    atom.attributes[name] = after
                    self.version += 1

    # ---- branches

    def _if(self, node: cst.If, scope: Scope) -> str:
        value = self.test(node.test, scope)
        known = truth(value)
        positive = self.guard(node.test, value, scope, positive=True)
        negative = self.guard(node.test, value, scope, positive=False)
        before, choices = scope.variables, scope.choices
        branches: list[Branch] = []
        for guard, taken in ((positive, known is not False), (negative, known is not True)):
            scope.variables, scope.choices = dict(before), dict(choices)
            ending = "skipped"
            if taken:
                self._refine(node.test, scope, positive=guard.positive)
                with self.guarded(*(() if known is not None else (guard,))):
                    ending = self._arm(node, scope, positive=guard.positive)
            branches.append(Branch(ending, scope.variables, scope.choices))
        if all(branch.ending != FALLS for branch in branches):
            scope.variables, scope.choices = before, choices
        return self._rejoin(node, scope, branches, (positive, negative))

    def _arm(self, node: cst.If, scope: Scope, *, positive: bool) -> str:
        if positive:
            return self.block(node.body, scope)
        if isinstance(node.orelse, cst.If):
            return self._if(node.orelse, scope)
        return self.block(node.orelse.body, scope) if node.orelse is not None else FALLS

    def _rejoin(self, node: cst.If, scope: Scope, branches: list[Branch], guards: tuple[Guard, Guard]) -> str:
        alive = [branch for branch in branches if branch.ending == FALLS]
        endings = [branch.ending for branch in branches]
        if not alive:
            return RAISES if all(ending in {RAISES, "skipped"} for ending in endings) else LEAVES
        if len(alive) == 2:
            text, positive = condition(node.test, scope)
            first, second = alive if positive else reversed(alive)
            scope.variables = joined([first.variables, second.variables])
            scope.choices = joined_choices(text, first, second)
            return FALLS
        scope.variables, scope.choices = alive[0].variables, alive[0].choices
        if LEAVES in endings:  # what follows only runs when the branch that left was not taken
            self.guards.append(guards[1] if endings[0] == LEAVES else guards[0])
        return FALLS

    def _refine(self, test: cst.BaseExpression, scope: Scope, *, positive: bool) -> None:
        """Narrow variables by what the branch implies."""
        text, straight = condition(test, scope)
        for (name, known), (chosen, other) in list(scope.choices.items()):
            if known == text and name in scope.variables:
                scope.variables[name] = chosen if straight is positive else other
        if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            self._refine(test.expression, scope, positive=not positive)
        elif not isinstance(test, cst.BooleanOperation):
            narrow_none(test, scope, positive=positive)
        elif isinstance(test.operator, cst.And if positive else cst.Or):
            self._refine(test.left, scope, positive=positive)
            self._refine(test.right, scope, positive=positive)
        else:  # one of the two sides holds
            before = scope.variables
            sides: list[dict[str, Value]] = []
            for side in (test.left, test.right):
                scope.variables = dict(before)
                self._refine(side, scope, positive=positive)
                sides.append(scope.variables)
            scope.variables = joined(sides)

    # ---- loops and the rest

    def _for(self, node: cst.For, scope: Scope) -> str:
        elements = self.iterate(self.expression(node.iter, scope))
        scope.loops.append([])
        before, nesting = scope.variables, scope.turn
        self.looping += 1
        for turn in range(2):
            start = scope.variables
            for position, element in enumerate(elements):
                scope.turn = (*nesting, position)
                scope.variables = dict(scope.variables)
                self.bind_target(node.target, element, scope)
                if self.block(node.body, scope) != FALLS:
                    scope.variables = joined(scope.loops[-1]) if scope.loops[-1] else start
            scope.variables = joined([before, scope.variables, *scope.loops[-1]])
            if turn or len(elements) > 1 or scope.variables == start:
                break
        scope.turn = nesting
        self.looping -= 1
        scope.loops.pop()
        return self._loop_else(node, scope)

    def _loop_else(self, node: cst.For | cst.While, scope: Scope) -> str:
        if node.orelse is not None:
            self.block(node.orelse.body, scope)
        return FALLS

    def _while(self, node: cst.While, scope: Scope) -> str:
        scope.loops.append([])
        before = scope.variables
        self.looping += 1
        for _ in range(2):
            self.test(node.test, scope)
            scope.variables = dict(scope.variables)
            self.block(node.body, scope)
            scope.variables = joined([before, scope.variables, *scope.loops[-1]])
        self.looping -= 1
        scope.loops.pop()
        return self._loop_else(node, scope)

    def _with(self, node: cst.With, scope: Scope) -> str:
        grad = self.grad
        for item in node.items:
            value = self.expression(item.item, scope)
            mode = dotted_name(item.item.func if isinstance(item.item, cst.Call) else item.item)
            tail = mode.rpartition(".")[2]
            if tail in {"no_grad", "inference_mode"}:
                self.grad = False
            elif tail == "enable_grad":
                self.grad = True
            elif tail == "set_grad_enabled" and isinstance(item.item, cst.Call):
                self.grad = _enabled(item.item)
            if item.asname is not None:
                self.bind_target(item.asname.name, value, scope)
        ending = self.block(node.body, scope)
        self.grad = grad
        return ending

    def _try(self, node: cst.Try | cst.TryStar, scope: Scope) -> str:
        before = dict(scope.variables)
        endings = [self.block(node.body, scope)]
        branches = [scope.variables]
        for handler in node.handlers:
            scope.variables = joined([before, branches[0]])
            if handler.name is not None:
                self.bind_target(handler.name.name, UNKNOWN, scope)
            with self.guarded(_handling(handler, scope)):
                endings.append(self.block(handler.body, scope))
            branches.append(scope.variables)
        alive = [branch for branch, ending in zip(branches, endings, strict=True) if ending == FALLS]
        scope.variables = joined(alive) if alive else branches[0]
        if node.orelse is not None and alive:
            self.block(node.orelse.body, scope)
        if node.finalbody is not None:
            self.block(node.finalbody.body, scope)
        return FALLS if alive else LEAVES if LEAVES in endings else RAISES

    def _match(self, node: cst.Match, scope: Scope) -> str:
        subject = self.expression(node.subject, scope)
        before = scope.variables
        branches = [before]
        for case in node.cases:
            scope.variables = dict(before)
            with self.guarded(self.guard(node.subject, subject, scope, positive=True)):
                if self.block(case.body, scope) == FALLS:
                    branches.append(scope.variables)
        scope.variables = joined(branches)
        return FALLS

    def _define(self, node: cst.FunctionDef, scope: Scope) -> str:
        key = ("function", node)
        if key not in scope.allocated:
            scope.allocated[key] = Function(scope.module, node, scope.owner, None, scope.variables)
        scope.variables[node.name.value] = only(scope.allocated[key])
        return FALLS


_SKIPPED = frozenset(
    {"__init__", "__repr__", "__str__", "__setstate__", "__getstate__", "load_state_dict", "state_dict"}
)


def _takes(node: cst.FunctionDef, name: str) -> bool:
    parameters = node.params
    return any(
        entry.name.value == name
        for entry in (*parameters.params, *parameters.posonly_params, *parameters.kwonly_params)
    )


def _enabled(node: cst.Call) -> bool:
    argument = node.args[0].value if node.args else None
    return isinstance(argument, cst.Name) and argument.value == "True"


def _handling(handler: cst.ExceptHandler | cst.ExceptStarHandler, scope: Scope) -> Guard:
    node = handler.type if handler.type is not None else cst.Name("Exception")
    return Guard(node, scope.module, True, frozenset(), frozenset({"exception"}))


_COMPOUND: dict[type[cst.CSTNode], Callable[..., str]] = {
    cst.If: Interpreter._if,
    cst.For: Interpreter._for,
    cst.While: Interpreter._while,
    cst.With: Interpreter._with,
    cst.Try: Interpreter._try,
    cst.TryStar: Interpreter._try,
    cst.Match: Interpreter._match,
    cst.FunctionDef: Interpreter._define,
}
_SIMPLE: dict[type[cst.CSTNode], Callable[..., str]] = {
    cst.Expr: Interpreter._expression_statement,
    cst.Assign: Interpreter._assign,
    cst.AnnAssign: Interpreter._annotated,
    cst.AugAssign: Interpreter._augmented,
    cst.Return: Interpreter._return,
    cst.Raise: Interpreter._raise,
    cst.Assert: Interpreter._assert,
    cst.Break: Interpreter._leave_loop,
    cst.Continue: Interpreter._leave_loop,
    cst.Import: Interpreter._import,
    cst.ImportFrom: Interpreter._import,
    cst.Del: Interpreter._delete,
}
