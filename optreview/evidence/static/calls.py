"""Calls: functions of the package are interpreted in place, everything else goes through tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static import tensors as torch_model
from optreview.evidence.static.classes import decorated
from optreview.evidence.static.containers import Containers
from optreview.evidence.static.events import Event, Frame
from optreview.evidence.static.index import ClassRef, dotted_name
from optreview.evidence.static.machine import DEPTH, RECURSION, Scope
from optreview.evidence.static.values import (
    EMPTY,
    NULL,
    PARAM_STATE,
    SELF,
    UNKNOWN,
    BoundMethod,
    ClassValue,
    Foreign,
    Function,
    Instance,
    Mapping,
    Marker,
    Scalar,
    Sequence,
    Super,
    Tensor,
    Value,
    derived,
    join,
    only,
    spread,
    tensors,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Sequence as Many

    from optreview.evidence.static.events import Guard
    from optreview.evidence.static.values import Atom


@dataclass(slots=True)
class Remembered:
    """What a call did the last time, to be replayed for equal arguments."""

    version: int
    returned: Value
    events: tuple[Event, ...]


class Calls(Containers):
    """Evaluates calls."""

    memo: dict[object, Remembered]

    def block(self, body: cst.BaseSuite, scope: Scope) -> str:
        """Interpret statements; the statement layer implements it."""
        raise NotImplementedError

    def call(self, node: cst.Call, scope: Scope) -> Value:
        """Evaluate a call."""
        callee = self.callee(node, scope)
        arguments, keywords = self._arguments(node, scope)
        results = [self.apply(atom, arguments, keywords, node, scope) for atom in _ordered(callee)]
        return join(EMPTY, *results) or UNKNOWN

    def callee(self, node: cst.Call, scope: Scope) -> Value:
        """What is called; ``super()`` needs to know where it stands."""
        function = node.func
        if isinstance(function, cst.Name) and function.value == "super" and scope.owner is not None:
            if node.args:
                self.emit("super", node, scope.module, dotted_name(node.args[0].value))
            return only(Foreign("builtins.super"))
        return self.expression(function, scope)

    def _arguments(self, node: cst.Call, scope: Scope) -> tuple[list[Value], dict[str, Value]]:
        arguments: list[Value] = []
        keywords: dict[str, Value] = {}
        for argument in node.args:
            value = self.expression(argument.value, scope)
            if argument.star == "*":
                arguments.extend(_unpacked(value))
            elif argument.star == "**":
                for atom in value:
                    if isinstance(atom, Mapping):
                        keywords.update({str(key): entry for key, entry in atom.entries.items()})
            elif argument.keyword is not None:
                keywords[argument.keyword.value] = value
            else:
                arguments.append(value)
        return arguments, keywords

    def apply(
        self, atom: Atom, arguments: list[Value], keywords: dict[str, Value], node: cst.CSTNode, scope: Scope
    ) -> Value:
        """Call one alternative of a callee."""
        if isinstance(atom, Function):
            return self.inline(atom, arguments, keywords, node, scope)
        if isinstance(atom, BoundMethod):
            return self._method(atom, arguments, keywords, node, scope)
        if isinstance(atom, Foreign):
            return self._foreign(atom.name, arguments, keywords, node, scope)
        if isinstance(atom, ClassValue):
            return self._construct(atom.ref, arguments, keywords, node, scope)
        if isinstance(atom, Instance):
            method = self.lineage_of(atom.ref).method("__call__")
            if method is not None:
                return self.apply(next(iter(self.bind(method, only(atom)))), arguments, keywords, node, scope)
        if isinstance(atom, Scalar):
            if "closure" in atom.traits:
                self.emit("closure", node, scope.module, "enabled" if "enabled" in atom.traits else "")
                return only(Scalar(traits=frozenset({"unknown", "loss"})))
            return derived([only(atom), *arguments, *keywords.values()], "unknown")
        return UNKNOWN

    def _construct(
        self,
        ref: ClassRef,
        arguments: list[Value],
        keywords: dict[str, Value],
        node: cst.CSTNode,
        scope: Scope,
    ) -> Value:
        allocated = scope.allocated.setdefault((node, ref), Instance(ref))
        instance = allocated if isinstance(allocated, Instance) else Instance(ref)
        lineage = self.lineage_of(ref)
        method = lineage.method("__init__")
        if method is not None:
            function = Function(method.owner.module, method.node, method.owner, only(instance))
            self.inline(function, arguments, keywords, node, scope)
        else:
            instance.attributes.update(keywords)
        return only(instance)

    def _method(
        self,
        atom: BoundMethod,
        arguments: list[Value],
        keywords: dict[str, Value],
        node: cst.CSTNode,
        scope: Scope,
    ) -> Value:
        results: list[Value] = []
        for receiver in _ordered(atom.receiver):
            if isinstance(receiver, Tensor):
                result = self._tensor_method(receiver, atom.name, arguments, keywords, node, scope)
            elif isinstance(receiver, Super):
                result = self._outside_base(atom.name, arguments, keywords)
            else:
                result = self.container_method(receiver, atom.name, arguments, keywords, node, scope)
            results.append(result)
        return join(EMPTY, *results) or UNKNOWN

    def _outside_base(self, name: str, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        """``super().__init__(params, defaults)`` where the base is torch's: groups receive the defaults."""
        if name != "__init__":
            return UNKNOWN
        given = keywords.get("defaults", arguments[1] if len(arguments) > 1 else EMPTY)
        for atom in given:
            if isinstance(atom, Mapping):
                for key, value in atom.entries.items():
                    self.set_group(str(key), value, default=True)
        if not given:  # a torch optimizer's own constructor: its keywords become its groups' keys
            for key, value in keywords.items():
                self.set_group(key, value, default=True)
        return NULL

    def _tensor_method(
        self, receiver: Tensor, name: str, arguments: list[Value], keywords: dict[str, Value], node: cst.CSTNode,
        scope: Scope,
    ) -> Value:  # fmt: skip
        if torch_model.writes_in_place(name):
            self.emit("in_place", node, scope.module, name, (receiver,))
        elif name in torch_model.SPARSE:
            self.emit("sparse", node, scope.module, name, (receiver,))
        if torch_model.deprecated(name, arguments):
            self.emit("overload", node, scope.module, name, (receiver,))
        if name in torch_model.SYNCS:
            self.emit("sync", node, scope.module, name, (receiver,))
        for tensor in tensors(keywords.get("out", EMPTY)):
            self.emit("in_place", node, scope.module, f"{name}(out=)", (tensor,))
        return torch_model.method(name, receiver, arguments, keywords)

    def _foreign(
        self, name: str, arguments: list[Value], keywords: dict[str, Value], node: cst.CSTNode, scope: Scope
    ) -> Value:
        if name.startswith("builtins."):
            return self.builtin(name.removeprefix("builtins."), arguments, keywords, node, scope)
        tail = name.rpartition(".")[2]
        modelled = self.modelled(name, arguments, keywords, scope)
        if modelled is not None:
            return modelled
        if name.startswith("torch"):
            self.emit("call", node, scope.module, name, tuple(spread(arguments[0])) if arguments else ())
        if tail in {"enable_grad", "no_grad"}:  # ``enable_grad()(closure)`` gives a closure that records
            enabled = Scalar(traits=frozenset({"closure", "enabled"}))
            return only(enabled) if arguments and tail == "enable_grad" else only(Foreign(name))
        if name == "torch.set_grad_enabled" and arguments:
            self.grad = truth(arguments[0]) is not False
        if "out" in keywords:
            for tensor in spread(keywords["out"]):
                self.emit("in_place", node, scope.module, f"{tail}(out=)", (tensor,))
            torch_model.function(name, arguments, keywords)
            return keywords["out"]
        if name.startswith("torch") and tail.endswith("_") and not tail.endswith("__") and arguments:
            for tensor in _written(tail, arguments):
                self.emit("in_place", node, scope.module, tail, (tensor,))
            if not tail.startswith(("_foreach_", "_fused_")):
                return arguments[0]
        if self._is_base_constructor(name):
            return self._outside_base("__init__", arguments[1:], keywords)
        return torch_model.function(name, arguments, keywords)

    def _is_base_constructor(self, name: str) -> bool:
        """``Optimizer.__init__(self, params, defaults)``."""
        return name.endswith(".__init__") and any(
            name == f"{entry.name}.__init__" for entry in self.lineage.outside
        )

    # ---- functions of the package

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
            scope.variables[parameters.star_kwarg.name.value] = only(Mapping(dict(remaining)))

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


def _written(tail: str, arguments: list[Value]) -> list[Tensor]:
    """The tensors that a writing function of torch changes: the first argument; fused kernels change several."""
    if not tail.startswith("_fused_"):
        return spread(arguments[0])
    found = [tensor for value in arguments for tensor in spread(value)]
    return [tensor for tensor in found if tensor.role != "gradient"]


def _unpacked(value: Value) -> Many[Value]:
    for atom in value:
        if isinstance(atom, Sequence) and atom.items is not None and not atom.rest:
            return atom.items
    found = [atom.element() for atom in value if isinstance(atom, Sequence)]
    return found or [UNKNOWN]


def _ordered(value: Value) -> list[Atom]:
    """Alternatives in an order that does not depend on hashing."""
    return sorted(value, key=_rank) if len(value) > 1 else list(value)


def _rank(atom: Atom) -> tuple[str, str]:
    if isinstance(atom, Tensor | Scalar | Marker):
        return type(atom).__name__, f"{atom!r}"
    return type(atom).__name__, getattr(atom, "name", "") or ""


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
    )
