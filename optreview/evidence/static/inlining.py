"""Functions of the package are interpreted where they are called, and replayed for equal arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.classes import decorated
from optreview.evidence.static.events import Event, Frame
from optreview.evidence.static.machine import DEPTH, RECURSION, Scope
from optreview.evidence.static.modules import dotted_name
from optreview.evidence.static.values import (
    EMPTY,
    NULL,
    PARAM_STATE,
    SELF,
    UNKNOWN,
    Function,
    Marker,
    Scalar,
    Sequence,
    Tensor,
    Value,
    join,
    mapping_of,
    only,
)

if TYPE_CHECKING:
    from optreview.evidence.static.events import Guard

from optreview.evidence.static.builtin_functions import Builtins


@dataclass(slots=True)
class Remembered:
    """What a call did the last time, to be replayed for equal arguments."""

    version: int
    returned: Value
    events: tuple[Event, ...]


class Inlining(Builtins):
    """Interprets calls of functions whose source is at hand."""

    memo: dict[object, Remembered]

    def block(self, body: cst.BaseSuite, scope: Scope) -> str:
        """Interpret statements; the statement layer implements it."""
        raise NotImplementedError

    def inline(
        self,
        function: Function,
        arguments: list[Value],
        keywords: dict[str, Value],
        site: cst.CSTNode,
        scope: Scope,
    ) -> Value:
        """Interpret a function's body with these arguments, or replay what it did for equal ones."""
        self.tick()
        if function.bound is not None:
            arguments = [function.bound, *arguments]
        key = self._memo_key(function, arguments, keywords)
        known = self.memo.get(key)
        if known is not None and known.version == self.version:
            self._replay(known)
            return known.returned
        name = function.node.name.value if isinstance(function.node, cst.FunctionDef) else "<lambda>"
        if len(self.stack) >= DEPTH or sum(frame.node is function.node for frame in self.stack) >= RECURSION:
            self.limit(f"The recursive or very deep call of `{name}` was not followed.")
            return UNKNOWN
        before, depth, path = self.events, len(self.guards), self.path
        outer_stack = len(self.stack)
        self.events = {}
        frame = Frame(function.module, name, function.node, site, scope.module, name == "__init__")
        self.stack.append(frame)
        self.path = (*path, site)
        try:
            returned = self._run(function, arguments, keywords)
        finally:
            self.stack.pop()
            self.path = path
            produced, self.events = self.events, before
        self.events.update(produced)
        relative = tuple(_relative(event, depth, outer_stack) for event in produced.values())
        self.memo[key] = Remembered(self.version, returned, relative)
        return returned

    def _memo_key(self, function: Function, arguments: list[Value], keywords: dict[str, Value]) -> object:
        scope = None if function.scope is None else id(function.scope)
        return function.node, scope, tuple(arguments), tuple(keywords.items()), self.grad, self.entry

    def _replay(self, known: Remembered) -> None:
        guards, stack = tuple(self.guards), tuple(self.stack)
        for event in known.events:
            again = _absolute(event, guards, stack, self.entry)
            key = (again.kind, again.node, again.name, again.tensors, again.guards, again.entry, again.grad)
            self.events.setdefault(key, again)

    def _run(self, function: Function, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        node = function.node
        scope = Scope(function.module, function.owner, {}, function.scope)
        # The same call makes the same containers in every round, or nothing would ever settle.
        scope.allocated = self.allocations.setdefault((*self.path, node), {})
        self._bind_parameters(node.params, arguments, keywords, scope)
        if isinstance(node, cst.Lambda):
            return self.expression(node.body, scope)
        self.reached.setdefault(node, (function.module, node.name.value))
        scope.receiver = arguments[0] if arguments and function.bound is not None else EMPTY
        grad = self.grad
        self.grad = self._grad_mode(node, grad)
        ending = self.block(node.body, scope)
        self.grad = grad
        if ending == "falls":
            scope.returned = join(scope.returned, NULL)
        return scope.returned or NULL

    def _grad_mode(self, node: cst.FunctionDef, grad: bool) -> bool:
        """Whether autograd records in the body, from the decorators."""
        if decorated(node, "no_grad") or decorated(node, "inference_mode"):
            return False
        if decorated(node, "enable_grad"):
            return True
        names = " ".join(dotted_name(entry.decorator) for entry in node.decorators)
        return False if "use_grad" in names else grad

    def _bind_parameters(
        self, parameters: cst.Parameters, arguments: list[Value], keywords: dict[str, Value], scope: Scope
    ) -> None:
        remaining = dict(keywords)
        positional = [*parameters.posonly_params, *parameters.params]
        for position, parameter in enumerate(positional):
            name = parameter.name.value
            if position < len(arguments):
                scope.variables[name] = arguments[position]
            else:
                scope.variables[name] = self._given(parameter, remaining, scope)
        if isinstance(parameters.star_arg, cst.Param):
            extra = arguments[len(positional) :]
            scope.variables[parameters.star_arg.name.value] = only(Sequence(list(extra)))
        for parameter in parameters.kwonly_params:
            scope.variables[parameter.name.value] = self._given(parameter, remaining, scope)
        if parameters.star_kwarg is not None:
            scope.variables[parameters.star_kwarg.name.value] = only(mapping_of(remaining))

    def _given(self, parameter: cst.Param, remaining: dict[str, Value], scope: Scope) -> Value:
        name = parameter.name.value
        if name in remaining:
            return remaining.pop(name)
        if parameter.default is not None:
            with self.quiet():
                return self.expression(parameter.default, scope)
        return by_convention(name)


_CONVENTIONS: dict[str, Value] = {
    "self": only(SELF),
    "group": only(Marker("group")),
    "param_group": only(Marker("group")),
    "param_groups": only(Marker("groups")),
    "p": only(Tensor("parameter")),
    "param": only(Tensor("parameter")),
    "grad": only(Tensor("gradient")),
    "state": only(PARAM_STATE),
    "closure": only(Scalar(traits=frozenset({"closure", "none"}))),
}


def by_convention(name: str) -> Value:
    """What a parameter stands for when no caller says it: the names that every optimizer uses."""
    return _CONVENTIONS.get(name, UNKNOWN)


def _relative(event: Event, guards: int, stack: int) -> Event:
    return _rebuilt(event, event.guards[guards:], event.stack[stack:], event.entry)


def _absolute(event: Event, guards: tuple[Guard, ...], stack: tuple[Frame, ...], entry: str) -> Event:
    return _rebuilt(event, guards + event.guards, stack + event.stack, entry)


def _rebuilt(event: Event, guards: tuple[Guard, ...], stack: tuple[Frame, ...], entry: str) -> Event:
    return Event(
        event.kind,
        event.node,
        event.module,
        event.name,
        event.tensors,
        event.value,
        guards,
        stack,
        entry,
        event.grad,
        event.operands,
    )
