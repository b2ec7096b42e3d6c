"""The flow of a function: blocks, branches with joins, loops with a second turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.interpreter.branches import (
    Branch,
    condition,
    joined,
    joined_choices,
    narrow_identity,
    narrow_none,
)
from optreview.evidence.static.interpreter.events import Guard
from optreview.evidence.static.interpreter.liveness import carried
from optreview.evidence.static.interpreter.queries import truth
from optreview.evidence.static.interpreter.values import UNKNOWN, Value
from optreview.evidence.static.source.modules import dotted_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.static.interpreter.machine import Scope


from optreview.evidence.static.interpreter.statements import FALLS, LEAVES, RAISES, Statements

#: Runs of a loop's turn that changes what it has read, before it is taken as it is.
_ATTEMPTS = 3


class Flow(Statements):
    """Runs blocks and compound statements."""

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
        if type(node) is cst.SimpleStatementLine:
            for small in node.body:
                ending = self._small(small, scope)
                if ending != FALLS:
                    return ending
            return FALLS
        handler = _COMPOUND.get(type(node))  # behind the colon of ``if x: raise`` stand simple statements
        return handler(self, node, scope) if handler is not None else self._small(node, scope)

    def _small(self, node: cst.CSTNode, scope: Scope) -> str:
        handler = _SIMPLE.get(type(node))
        return handler(self, node, scope) if handler is not None else FALLS

    def _if(self, node: cst.If, scope: Scope) -> str:
        value = self.test(node.test, scope)
        known = truth(value)
        positive, negative = self.guards_of(node.test, value, scope)
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
        if type(node.orelse) is cst.If:
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
        for (name, known), (chosen, other) in scope.choices.items():
            if known == text and name in scope.variables:
                scope.variables[name] = chosen if straight is positive else other
        if type(test) is cst.UnaryOperation and type(test.operator) is cst.Not:
            self._refine(test.expression, scope, positive=not positive)
        elif type(test) is not cst.BooleanOperation:
            narrow_none(test, scope, positive=positive)
            if type(test) is cst.Comparison:
                with self.quiet():
                    narrow_identity(test, scope, self.expression, positive=positive)
        elif type(test.operator) is (cst.And if positive else cst.Or):
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

    def _for(self, node: cst.For, scope: Scope) -> str:
        elements = self.iterate(self.expression(node.iter, scope))
        nesting = scope.turn

        def turns() -> None:
            start = scope.variables
            for position, element in enumerate(elements):
                scope.turn = (*nesting, position)
                scope.variables = dict(scope.variables)
                self.bind_target(node.target, element, scope)
                if self.block(node.body, scope) != FALLS:
                    scope.variables = joined(scope.loops[-1]) if scope.loops[-1] else start

        self._loop(node, scope, turns, most=1 if len(elements) > 1 else 2)
        scope.turn = nesting
        return self._loop_else(node, scope)

    def _loop(self, node: cst.For | cst.While, scope: Scope, turn: Callable[[], None], most: int) -> None:
        """Take turns until a further one would see nothing new, but no more than ``most``."""
        scope.loops.append([])
        before = scope.variables
        self.looping += 1
        for _ in range(most):
            start, choices = scope.variables, dict(scope.choices)
            self._settle(turn, scope)
            scope.variables = joined([before, scope.variables, *scope.loops[-1]])
            if not _carries(carried(scope.module, node), scope, start, choices):
                break
        self.looping -= 1
        scope.loops.pop()

    def _settle(self, turn: Callable[[], None], scope: Scope) -> None:
        """Run a turn until it changes nothing that it has read; only its last run counts."""
        kept = scope.variables, scope.choices, scope.returned, len(scope.loops[-1])
        outer = self.events, self.watch.reads, self.reached, self.accesses
        for _ in range(_ATTEMPTS):
            scope.variables, scope.choices, scope.returned = dict(kept[0]), dict(kept[1]), kept[2]
            del scope.loops[-1][kept[3] :]
            self.events, self.watch.reads, self.reached, self.accesses = {}, {}, {}, {}
            try:
                turn()
            finally:
                done = self.events, self.watch.reads, self.reached, self.accesses
                self.events, self.watch.reads, self.reached, self.accesses = outer
            if self.watch.current(done[1]):
                break
        if self.events:
            for key, entry in done[0].items():
                self.events.setdefault(key, entry)
        else:
            self.events.update(done[0])
        self.watch.read_again(done[1])
        self.accesses |= done[3]
        self.reached |= done[2]

    def _loop_else(self, node: cst.For | cst.While, scope: Scope) -> str:
        if node.orelse is not None:
            self.block(node.orelse.body, scope)
        return FALLS

    def _while(self, node: cst.While, scope: Scope) -> str:
        def turn() -> None:
            self.test(node.test, scope)
            scope.variables = dict(scope.variables)
            self.block(node.body, scope)

        self._loop(node, scope, turn, most=2)
        return self._loop_else(node, scope)

    def _with(self, node: cst.With, scope: Scope) -> str:
        grad = self.grad
        for item in node.items:
            value = self.expression(item.item, scope)
            mode = dotted_name(item.item.func if type(item.item) is cst.Call else item.item)
            tail = mode.rpartition(".")[2]
            if tail in {"no_grad", "inference_mode"}:
                self.grad = False
            elif tail == "enable_grad":
                self.grad = True
            elif tail == "set_grad_enabled" and type(item.item) is cst.Call:
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


def _carries(
    names: frozenset[str],
    scope: Scope,
    start: dict[str, Value],
    choices: dict[tuple[str, str], tuple[Value, Value]],
) -> bool:
    """Whether a turn left something behind that the next turn would read."""
    after = scope.variables
    return any(start.get(name) != after.get(name) for name in names) or any(
        scope.choices.get(key) != choice for key, choice in choices.items() if key[0] in names
    )


def _enabled(node: cst.Call) -> bool:
    argument = node.args[0].value if node.args else None
    return type(argument) is cst.Name and argument.value == "True"


def _handling(handler: cst.ExceptHandler | cst.ExceptStarHandler, scope: Scope) -> Guard:
    node = handler.type if handler.type is not None else cst.Name("Exception")
    return Guard(node, scope.module, True, frozenset(), frozenset({"exception"}))


_COMPOUND: dict[type[cst.CSTNode], Callable[..., str]] = {
    cst.If: Flow._if,
    cst.For: Flow._for,
    cst.While: Flow._while,
    cst.With: Flow._with,
    cst.Try: Flow._try,
    cst.TryStar: Flow._try,
    cst.Match: Flow._match,
    cst.FunctionDef: Flow._define,
}


_SIMPLE: dict[type[cst.CSTNode], Callable[..., str]] = {
    cst.Expr: Flow._expression_statement,
    cst.Assign: Flow._assign,
    cst.AnnAssign: Flow._annotated,
    cst.AugAssign: Flow._augmented,
    cst.Return: Flow._return,
    cst.Raise: Flow._raise,
    cst.Assert: Flow._assert,
    cst.Break: Flow._leave_loop,
    cst.Continue: Flow._leave_loop,
    cst.Import: Flow._import,
    cst.ImportFrom: Flow._import,
    cst.Del: Flow._delete,
}
