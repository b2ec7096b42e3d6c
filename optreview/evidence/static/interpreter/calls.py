"""Calls: functions of the package are interpreted in place, everything else goes through tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.interpreter import provenance, torch_names
from optreview.evidence.static.interpreter import tensors as torch_model
from optreview.evidence.static.interpreter.code_values import (
    BoundMethod,
    ClassValue,
    Foreign,
    Function,
    Instance,
    Super,
)
from optreview.evidence.static.interpreter.holders import Mapping, Sequence
from optreview.evidence.static.interpreter.inlining import Inlining
from optreview.evidence.static.interpreter.order import ordered
from optreview.evidence.static.interpreter.queries import derived, doubted, spread, tensors, truth
from optreview.evidence.static.interpreter.values import (
    EMPTY,
    NULL,
    UNKNOWN,
    Const,
    Marker,
    Scalar,
    Tensor,
    Value,
    join,
    only,
)
from optreview.evidence.static.interpreter.watch import births
from optreview.evidence.static.source.modules import ClassRef, dotted_name

if TYPE_CHECKING:
    from collections.abc import Sequence as Many

    from optreview.evidence.static.interpreter.machine import Scope
    from optreview.evidence.static.interpreter.values import Atom


#: A tensor of which nothing is known.
UNFOLLOWED = Tensor("unknown", None, "unknown")


class Calls(Inlining):
    """Evaluates calls."""

    def call(self, node: cst.Call, scope: Scope) -> Value:
        """Evaluate a call."""
        callee = self.callee(node, scope)
        arguments, keywords = self._arguments(node, scope)
        since = births()
        results = [self.apply(atom, arguments, keywords, node, scope) for atom in ordered(doubted(callee))]
        return self.steady(join(EMPTY, *results) or UNKNOWN, node, scope, since)

    def callee(self, node: cst.Call, scope: Scope) -> Value:
        """What is called; ``super()`` needs to know where it stands."""
        function = node.func
        if type(function) is cst.Name and function.value == "super" and scope.owner is not None:
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

    def apply(  # noqa: PLR0911 - one case a line
        self, atom: Atom, arguments: list[Value], keywords: dict[str, Value], node: cst.CSTNode, scope: Scope
    ) -> Value:
        """Call one alternative of a callee."""
        if isinstance(atom, Function):
            return self.inline(atom, arguments, keywords, node, scope)
        if isinstance(atom, BoundMethod):
            return self._method(atom, arguments, keywords, node, scope)
        if isinstance(atom, Foreign):
            if atom.name.startswith("math."):
                self.decides(atom.name, arguments, node, scope)
            return self._foreign(atom.name, arguments, keywords, node, scope)
        if isinstance(atom, ClassValue):
            return self._construct(atom.ref, arguments, keywords, node, scope)
        if isinstance(atom, Instance):
            method = self.lineage_of(atom.ref).method("__call__")
            if method is not None:
                return self.apply(next(iter(self.bind(method, only(atom)))), arguments, keywords, node, scope)
        if isinstance(atom, Scalar):
            if "closure" in atom.traits:
                how = next((trait for trait in ("enabled", "perhaps") if trait in atom.traits), "")
                self.emit("closure", node, scope.module, how)
                return join(
                    only(Scalar(traits=frozenset({"unknown", "loss"}))), torch_model.temporary("scalar")
                )
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
            function = self.function(method.owner.module, method.node, method.owner, only(instance))
            self.inline(function, arguments, keywords, node, scope)
        else:
            for name, value in keywords.items():
                instance.assign(name, value)
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
        for receiver in ordered(atom.receiver):
            if isinstance(receiver, Tensor):
                result = self._tensor_method(receiver, atom.name, arguments, keywords, node, scope)
            elif isinstance(receiver, Super):
                result = self._outside_base(atom.name, arguments, keywords, node, scope)
            else:
                self._unfollowed(receiver, atom.name, node, scope)
                result = self.container_method(receiver, atom.name, arguments, keywords, node, scope)
            results.append(result)
        return join(EMPTY, *results) or UNKNOWN

    def _unfollowed(self, receiver: Atom, name: str, node: cst.CSTNode, scope: Scope) -> None:
        """A write into something that could not be followed, or into state that belongs to no parameter."""
        if name not in torch_names.WRITES:
            return
        if isinstance(receiver, Marker) and receiver.kind == "global_state":
            self.emit("in_place", node, scope.module, name, (Tensor("state", None, "unknown"),))
        elif isinstance(receiver, Scalar) and "unknown" in receiver.traits:
            self.emit("in_place", node, scope.module, name, (UNFOLLOWED,))

    def _outside_base(
        self, name: str, arguments: list[Value], keywords: dict[str, Value], node: cst.CSTNode, scope: Scope
    ) -> Value:
        """``super().__init__(params, defaults)`` where the base is torch's: groups receive the defaults."""
        if name != "__init__":
            return UNKNOWN
        self.emit("base_constructor", node, scope.module, name)
        given = keywords.get("defaults", arguments[1] if len(arguments) > 1 else EMPTY)
        for atom in given:
            if isinstance(atom, Mapping):
                for key, value in atom.entries.items():
                    self.set_group(str(key), value, default=True)
        if not given:  # a torch optimizer's own constructor: its keywords become its groups' keys
            for key, value in keywords.items():
                self.set_group(key, value, default=True)
        return NULL

    def _tensor_method(  # noqa: PLR0913, PLR0917 - a call is all of these
        self,
        receiver: Tensor,
        name: str,
        arguments: list[Value],
        keywords: dict[str, Value],
        node: cst.CSTNode,
        scope: Scope,
    ) -> Value:
        given = (*arguments, *keywords.values())
        if torch_model.writes_in_place(name):
            self.emit("in_place", node, scope.module, name, (receiver,), operands=given)
        elif name in torch_names.SPARSE:
            self.emit("sparse", node, scope.module, name, (receiver,))
        if torch_model.deprecated(name, arguments):
            self.emit("overload", node, scope.module, name, (receiver,))
        if name in torch_names.SYNCS:
            self.emit("sync", node, scope.module, name, (receiver,))
        if name in torch_names.CONVERSIONS:
            self.emit("convert", node, scope.module, name, (receiver,))
        if name in torch_names.COMPLEX_AWARE:
            self.emit("complex", node, scope.module, name, (receiver,))
        self._numbers(name, keywords, node, scope)
        for tensor in tensors(keywords.get("out", EMPTY)):
            self.emit(
                "in_place", node, scope.module, f"{name}(out=)", (tensor,), operands=(only(receiver), *given)
            )
        result = torch_model.method(name, receiver, arguments, keywords)
        return self.computed(name, result, [only(receiver), *given], node, scope)

    def computed(
        self, name: str, result: Value, operands: list[Value], node: cst.CSTNode, scope: Scope
    ) -> Value:
        """What a tensor operation gives, with its origins; new full-size tensors are noted."""
        if name in torch_names.SHARING:
            return result
        if torch_model.writes_in_place(name):
            return provenance.retraced(result, provenance.form(name, operands, self.decays))
        if name in provenance.POWERS and not spread(result, 1):
            return derived([result], "power") if provenance.is_power(operands) else result
        fresh = name in torch_names.FRESH
        origins = provenance.fresh(operands) if fresh else provenance.form(name, operands, self.decays)
        found = provenance.traced(result, origins)
        if name not in torch_names.MOVING:
            found = torch_model.where_computed(found, operands)
        made = tuple(
            tensor for tensor in spread(found, 1) if tensor.role == "temporary" and tensor.size == "full"
        )
        if made:
            self.emit("allocate", node, scope.module, name, made, operands=tuple(operands))
        return found

    def _numbers(self, name: str, keywords: dict[str, Value], node: cst.CSTNode, scope: Scope) -> None:
        """``alpha=`` and ``value=`` are numbers; a tensor given there is read back to the host."""
        for keyword in ("alpha", "value"):
            value = keywords.get(keyword, EMPTY)
            held = tensors(value)
            # Where it may also be computed without tensors, it mostly is; a constant is a special case.
            if held and all(isinstance(atom, Tensor | Const) for atom in value):
                self.emit("scalar_tensor", node, scope.module, f"{name}({keyword}=)", tuple(held))

    def _foreign(  # noqa: C901, PLR0911 - one case a line
        self, name: str, arguments: list[Value], keywords: dict[str, Value], node: cst.CSTNode, scope: Scope
    ) -> Value:
        if name.startswith("builtins."):
            return self.builtin(name.removeprefix("builtins."), arguments, keywords, node, scope)
        tail = name.rpartition(".")[2]
        modelled = self.modelled(name, arguments, keywords)
        if modelled is not None:
            return modelled
        if name.startswith("torch"):
            first = tuple(spread(arguments[0])) if arguments else ()
            self.emit("call", node, scope.module, name, first, operands=tuple(arguments))
            self._numbers(tail, keywords, node, scope)
            if tail in torch_names.COMPLEX_AWARE:
                self.emit("complex", node, scope.module, tail, first)
        if tail in {"enable_grad", "no_grad"}:  # ``enable_grad()(closure)`` gives a closure that records
            enabled = Scalar(traits=frozenset({"closure", "enabled"}))
            return only(enabled) if arguments and tail == "enable_grad" else only(Foreign(name))
        if name == "torch.set_grad_enabled" and arguments:
            self.grad = truth(arguments[0]) is not False
        if "out" in keywords:
            for tensor in spread(keywords["out"]):
                operands = tuple(arguments)
                self.emit("in_place", node, scope.module, f"{tail}(out=)", (tensor,), operands=operands)
            form = provenance.form(tail, arguments, self.decays)
            return provenance.retraced(keywords["out"], form)
        if name.startswith("torch") and torch_model.writes_in_place(tail) and arguments:
            for tensor in _written(tail, arguments) or [UNFOLLOWED]:
                operands = (*arguments[1:], *keywords.values())
                self.emit("in_place", node, scope.module, tail, (tensor,), operands=operands)
            if not tail.startswith(("_foreach_", "_fused_")):
                return arguments[0]
        if self._is_base_constructor(name):
            return self._outside_base("__init__", arguments[1:], keywords, node, scope)
        result = torch_model.function(name, arguments, keywords)
        return self.computed(tail, result, [*arguments, *keywords.values()], node, scope)

    def _is_base_constructor(self, name: str) -> bool:
        """``Optimizer.__init__(self, params, defaults)``."""
        return name.endswith(".__init__") and any(
            name == f"{entry.name}.__init__" for entry in self.lineage.outside
        )


def _written(tail: str, arguments: list[Value]) -> list[Tensor]:
    """The tensors that a writing function changes: its first argument; fused kernels change several."""
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
