"""Functions of the package are interpreted where they are called, and replayed for equal arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import libcst as cst

from optreview.evidence.static.interpreter.events import Event, Frame
from optreview.evidence.static.interpreter.holders import Mapping, Row
from optreview.evidence.static.interpreter.machine import DEPTH, RECURSION, Scope
from optreview.evidence.static.interpreter.queries import frozen
from optreview.evidence.static.interpreter.values import (
    EMPTY,
    NULL,
    PARAM_STATE,
    SELF,
    UNKNOWN,
    Marker,
    Scalar,
    Tensor,
    Value,
    join,
    only,
)
from optreview.evidence.static.interpreter.watch import Watch, births
from optreview.evidence.static.source.classes import decorated
from optreview.evidence.static.source.modules import dotted_name

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.code_values import Function
    from optreview.evidence.static.interpreter.events import Access, Guard
    from optreview.evidence.static.interpreter.machine import Log
    from optreview.evidence.static.interpreter.watch import Reads
    from optreview.evidence.static.source.modules import Module

from optreview.evidence.static.interpreter.builtin_functions import Builtins


@dataclass(slots=True, eq=False)
class Remembered:
    """What a call did, to be replayed for equal arguments while what it read is unchanged.

    Attributes:
        version: Changes of containers before it began.
        path: The calls that led to it.
        events: What happened, with the conditions and functions inside the call only.
        closed: It leaves no container behind and writes into none that was there before, so that the same
            call from elsewhere needs no containers of its own.
    """

    version: int
    path: tuple[int, ...]
    reads: Reads
    returned: Value
    events: Log
    reached: dict[cst.CSTNode, tuple[Module, str]]
    accesses: dict[Access, None]
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Called:
    """A call among the events of its caller, and the conditions under which it happens there."""

    call: Remembered
    frame: Frame
    guards: tuple[Guard, ...]


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
        path = (*self.path, id(site))
        known = self._known(key, path)
        name = function.node.name.value if type(function.node) is cst.FunctionDef else "<lambda>"
        frame = Frame(function.module, name, function.node, site, scope.module, name == "__init__")
        if known is None:
            recursive = self._activations(function) >= RECURSION
            if recursive or len(self.stack) >= DEPTH:
                self.unfollowed[name] = self.unfollowed.get(name, False) or not recursive
                return UNKNOWN
            known = self._followed(frame, function, arguments, keywords, path)
            self.memo[key] = self.memo[key, path] = known
        else:
            self._replay(known, frame)
        return known.returned

    def _known(self, key: object, path: tuple[int, ...]) -> Remembered | None:
        """What the same call did, where following it again would give the same."""
        known = self.memo.get(key)
        if known is None:
            return None
        if not (known.closed or known.path == path or known.version == self.watch.version):
            known = self.memo.get((key, path))
        return known if known is not None and self.watch.current(known.reads) else None

    def _activations(self, function: Function) -> int:
        return sum(frame.node is function.node for frame in self.stack)

    def _memo_key(self, function: Function, arguments: list[Value], keywords: dict[str, Value]) -> object:
        scope = None if function.scope is None else id(function.scope)
        node = id(function.node)  # a tree outlives the reading, so identities stay unique
        return node, scope, tuple(arguments), tuple(keywords.items()), self.grad, self.entry

    def _followed(
        self,
        frame: Frame,
        function: Function,
        arguments: list[Value],
        keywords: dict[str, Value],
        path: tuple[int, ...],
    ) -> Remembered:
        """Interpret a function's body; its events, reads and functions are kept apart from the caller's."""
        watch = self.watch
        outer = self.events, watch.reads, self.reached, self.accesses, self.outer_guards, self.path
        done, escaped = Remembered(watch.version, path, {}, EMPTY, {}, {}, {}), watch.escaped
        since, wrote, watch.wrote = births(), watch.wrote, Watch.nothing
        self.events, watch.reads = done.events, done.reads
        self.reached, self.accesses = done.reached, done.accesses
        self.outer_guards = len(self.guards)
        self.path = path
        self.stack.append(frame)
        try:
            if function.scope is not None:
                watch.read_all()  # the variables around it are not noted
            done.returned = self._run(function, arguments, keywords)
            done.closed = watch.wrote > since and watch.escaped == escaped and frozen(done.returned)
        finally:
            self.stack.pop()
            self.events, watch.reads, self.reached, self.accesses, self.outer_guards, self.path = outer
            watch.wrote = min(wrote, watch.wrote)
            self._replay(done, frame)
        return done

    def _replay(self, known: Remembered, frame: Frame) -> None:
        """The caller does what the call does."""
        if known.events:
            guards = tuple(self.guards[self.outer_guards :])
            place = (id(known), id(frame.site), guards)
            if place not in self.events:
                self.events[place] = Called(known, frame, guards)
        self.watch.read_again(known.reads)
        self.accesses |= known.accesses
        self.reached |= known.reached

    def _run(self, function: Function, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        node = function.node
        scope = Scope(function.module, function.owner, {}, function.scope)
        # The same call makes the same containers in every round, or nothing would ever settle.
        scope.allocated = self.allocations.setdefault((*self.path, id(node)), {})
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
        if type(parameters.star_arg) is cst.Param:
            extra = arguments[len(positional) :]
            scope.variables[parameters.star_arg.name.value] = only(Row(list(extra)))
        for parameter in parameters.kwonly_params:
            scope.variables[parameter.name.value] = self._given(parameter, remaining, scope)
        if parameters.star_kwarg is not None:
            since = births()
            others = only(Mapping(remaining.items()))
            name = parameters.star_kwarg.name.value
            scope.variables[name] = self.steady(others, parameters.star_kwarg, scope, since)

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


def flattened(log: Log) -> dict[Any, Event]:
    """Every event of a log and of the calls in it, with all conditions and functions around it."""
    found: dict[Any, Event] = {}
    _flatten(log, (), (), found, set())
    return found


def _flatten(
    log: Log, guards: tuple[Guard, ...], stack: tuple[Frame, ...], found: dict[Any, Event], seen: set[object]
) -> None:
    for entry in log.values():
        inner = guards + entry.guards
        if isinstance(entry, Event):
            key = (entry.kind, id(entry.node), entry.name, entry.tensors, inner, entry.entry, entry.grad)
            if key not in found:
                found[key] = entry.inside(inner, stack)
        elif (id(entry.call), inner) not in seen:
            seen.add((id(entry.call), inner))
            _flatten(entry.call.events, inner, (*stack, entry.frame), found, seen)
