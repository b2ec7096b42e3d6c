"""Reading and writing names, attributes and subscripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.interpreter import tensors as torch_model
from optreview.evidence.static.interpreter import torch_names
from optreview.evidence.static.interpreter.code_values import (
    BoundMethod,
    ClassValue,
    Foreign,
    Function,
    Instance,
    ModuleValue,
    Super,
)
from optreview.evidence.static.interpreter.holders import Row
from optreview.evidence.static.interpreter.machine import Machine, Scope
from optreview.evidence.static.interpreter.order import ordered
from optreview.evidence.static.interpreter.settling import Settling
from optreview.evidence.static.interpreter.values import (
    DEFAULTS,
    EMPTY,
    GROUPS,
    NONE,
    SELF,
    STATE,
    UNKNOWN,
    Marker,
    Scalar,
    Tensor,
    Value,
    join,
    only,
    origins,
    words,
)
from optreview.evidence.static.source.classes import Lineage, class_assignments, decorated
from optreview.evidence.static.source.modules import ClassRef, ConstantRef, External, FunctionRef, Module

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.values import Atom
    from optreview.evidence.static.source.classes import Method
    from optreview.evidence.static.source.modules import Definition

_SELF_ATTRIBUTES = {"state": STATE, "param_groups": GROUPS, "defaults": DEFAULTS}
_BUILTIN = words(
    "abs all any bool dict divmod enumerate filter float frozenset getattr hasattr id int isinstance "
    "issubclass iter len list map max min next object pow print range repr reversed round set "
    "setattr sorted str sum super tuple type vars zip callable format hash slice bytes locals "
    "globals delattr property"
)


class Attributes(Settling):
    """Names, attributes, subscripts: how values are found and where assignments go."""

    _lineages: dict[ClassRef, Lineage]

    # ---- hooks that the layers above implement

    def expression(self, node: cst.BaseExpression, scope: Scope) -> Value:
        """Evaluate an expression."""
        raise NotImplementedError

    def inline(
        self,
        function: Function,
        arguments: list[Value],
        keywords: dict[str, Value],
        site: cst.CSTNode,
        scope: Scope,
    ) -> Value:
        """Interpret a call of a function of the package."""
        raise NotImplementedError

    # ---- names

    def name(self, node: cst.Name, scope: Scope) -> Value:
        """A variable, a module-level name, or a builtin."""
        key = node.value
        found = scope.variables.get(key)
        if found is None and scope.enclosing is not None:
            found = scope.enclosing.get(key)
        if found is not None:
            return found
        place = (scope.module, key)
        found = self.globals.get(place)
        if found is None:
            meant = self.index.resolve(scope.module, key)
            found = self.definition(meant) or self._builtin(key)
            if not isinstance(meant, ConstantRef):  # a constant that is being found out is not known yet
                self.globals[place] = found
        return found

    def _builtin(self, key: str) -> Value:
        return only(Foreign(f"builtins.{key}")) if key in _BUILTIN else only(Foreign(key))

    def definition(self, found: Definition | None) -> Value:
        """A module-level name as a value."""
        if isinstance(found, FunctionRef):
            return only(self.function(found.module, found.node))
        if isinstance(found, ClassRef):
            return only(ClassValue(found))
        if isinstance(found, Module):
            return only(ModuleValue(found))
        if isinstance(found, External):
            return only(Foreign(found.name))
        if isinstance(found, ConstantRef):
            return self.constant(found)
        return EMPTY

    def constant(self, found: ConstantRef) -> Value:
        """A module-level constant; evaluated in its own module, once."""
        known = self.constants.get(id(found.node))
        if known is None:
            self.constants[id(found.node)] = UNKNOWN  # while it is found out, for one that names itself
            known = self.constants[id(found.node)] = self._constant(found)
        return known

    def _constant(self, found: ConstantRef) -> Value:
        if type(found.node) is cst.Name or type(found.node) is cst.Attribute:
            target = self.index.dotted(found.module, found.node)
            if target is not None and target != found:
                return self.definition(target)
        with self.quiet():
            return self.expression(found.node, Scope(found.module, None, {}))

    def quiet(self) -> _Quiet:
        """Evaluate without recording events."""
        return _Quiet(self)

    # ---- attributes

    def attribute(self, node: cst.Attribute, scope: Scope) -> Value:
        """``owner.name``."""
        owner = self.expression(node.value, scope)
        return self.attribute_of(owner, node.attr.value, node, scope)

    def attribute_of(self, owner: Value, name: str, node: cst.CSTNode, scope: Scope) -> Value:
        """An attribute of a value, by alternative."""
        found = [self._attribute(atom, name, node, scope) for atom in ordered(owner)]
        return join(*found) if found else UNKNOWN

    def _attribute(self, atom: Atom, name: str, node: cst.CSTNode, scope: Scope) -> Value:  # noqa: PLR0911 - one case a line
        if isinstance(atom, Tensor):
            return self._tensor_attribute(atom, name, node, scope)
        if isinstance(atom, Marker):
            return self._marker_attribute(atom, name, node, scope)
        if isinstance(atom, ModuleValue):
            found = self.index.attribute(atom.module, name)
            return self.definition(found) or UNKNOWN
        if isinstance(atom, Foreign):
            return self._outside_attribute(atom.name, name)
        if isinstance(atom, Super):
            method = self.lineage.method(name, after=atom.owner)
            bound = BoundMethod(only(atom), name, node)
            return self.bind(method, atom.receiver) if method is not None else only(bound)
        if isinstance(atom, ClassValue):
            return self._class_attribute(atom, name, node)
        if isinstance(atom, Instance):
            return self._instance_attribute(atom, name, node, scope)
        if isinstance(atom, Scalar) and name not in _METHODS_OF_SCALARS:
            return only(Scalar(atom.names, atom.traits | _trait(name)))
        if isinstance(atom, Row) and name in {"values", "indices"}:  # of what ``t.sort()`` gives
            return atom.element() or UNKNOWN
        return only(BoundMethod(only(atom), name, node))

    def _outside_attribute(self, owner: str, name: str) -> Value:
        place = (owner, name)
        if place not in self.outside:
            self.outside[place] = self.index.attribute(External(owner), name)
        return self.definition(self.outside[place])

    def _tensor_attribute(self, atom: Tensor, name: str, node: cst.CSTNode, scope: Scope) -> Value:
        if name == "grad":
            if atom.role == "parameter":
                self.emit("gradient", node, scope.module, "grad", (atom,))
            return only(Tensor("gradient")) if atom.role == "parameter" else torch_model.temporary(atom.size)
        if name == "data":
            self.emit("data", node, scope.module, "data", (atom,))
            return only(torch_model.detached(atom))
        if name == "is_sparse":
            self.emit("sparse", node, scope.module, name, (atom,))
            return only(Scalar(traits=frozenset({"sparse"})))
        if name in {"shape", "T", "mT", "H", "mH", "real", "imag", "ndim"} or name in torch_names.METADATA:
            called = name in _CALLED_METADATA
            return (
                only(BoundMethod(only(atom), name, node))
                if called
                else torch_model.method(name, atom, (), {})
            )
        return only(BoundMethod(only(atom), name, node))

    def _marker_attribute(self, atom: Marker, name: str, node: cst.CSTNode, scope: Scope) -> Value:
        if atom != SELF:
            return only(BoundMethod(only(atom), name, node))
        known = self.attributes.get(name)
        if name in _SELF_ATTRIBUTES:
            return only(_SELF_ATTRIBUTES[name])
        self.looked_up("attribute", name, node, scope.module)
        method = self.lineage.method(name)
        if method is not None:
            if decorated(method.node, "property") or decorated(method.node, "cached_property"):
                function = self.function(method.owner.module, method.node, method.owner, only(SELF))
                return self.inline(function, [], {}, node, scope)
            return join(self.bind(method, only(SELF)), known or EMPTY)
        if known is not None:
            if origins(known)[0]:
                self.emit("option", node, scope.module, name)
            return known
        inherited = self._class_constant(name)
        return (
            inherited if inherited is not None else only(Scalar(traits=frozenset({"unknown", "attribute"})))
        )

    def _class_constant(self, name: str) -> Value | None:
        for ref in self.lineage.read:
            value = class_assignments(ref.node).get(name)
            if value is not None:
                found = self.constant(ConstantRef(ref.module, value))
                named = type(value) is cst.Name  # ``method = function``: what is called gets ``self``
                return frozenset(map(_bound, found)) if named else found
        return None

    def _class_attribute(self, atom: ClassValue, name: str, node: cst.CSTNode) -> Value:
        lineage = self.lineage if atom.ref in self.lineage.order else self.lineage_of(atom.ref)
        method = lineage.method(name)
        if method is None:
            value = class_assignments(atom.ref.node).get(name)
            if value is not None:
                return self.constant(ConstantRef(atom.ref.module, value))
            return only(BoundMethod(only(atom), name, node))
        bound = only(atom) if decorated(method.node, "classmethod") else None
        return only(self.function(method.owner.module, method.node, method.owner, bound))

    def _instance_attribute(self, atom: Instance, name: str, node: cst.CSTNode, scope: Scope) -> Value:
        if name in atom.attributes:
            return atom.attributes[name]
        method = self.lineage_of(atom.ref).method(name)
        if method is None:
            return only(Scalar(traits=frozenset({"unknown"})))
        if decorated(method.node, "property"):
            function = self.function(method.owner.module, method.node, method.owner, only(atom))
            return self.inline(function, [], {}, node, scope)
        return self.bind(method, only(atom))

    def lineage_of(self, ref: ClassRef) -> Lineage:
        """The lineage of a helper class."""
        if ref not in self._lineages:
            self._lineages[ref] = Lineage(self.index, ref)
        return self._lineages[ref]

    def bind(self, method: Method, receiver: Value) -> Value:
        """A method as a callable with its receiver."""
        bound = None if decorated(method.node, "staticmethod") else receiver
        return only(self.function(method.owner.module, method.node, method.owner, bound))

    # ---- subscripts


def _bound(atom: Atom) -> Atom:
    """A function of the module as a method of the optimizer."""
    if isinstance(atom, Function) and atom.bound is None and atom.owner is None:
        return Function(atom.module, atom.node, bound=only(SELF))
    return atom


class _Quiet:
    """A stretch without events, and without functions reached: Python ran it before, or runs it elsewhere."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.kept = machine.events, machine.reached

    def __enter__(self) -> None:
        self.machine.events, self.machine.reached = {}, {}

    def __exit__(self, *details: object) -> None:
        self.machine.events, self.machine.reached = self.kept


_METHODS_OF_SCALARS = words("get items keys values format join append update copy pop split")
_CALLED_METADATA = words(
    "dim numel nelement element_size stride is_contiguous storage_offset get_device ndimension "
    "data_ptr is_floating_point is_pinned untyped_storage"
)


def _trait(name: str) -> frozenset[str]:
    return frozenset({"shape"}) if name in {"shape", "ndim"} else NONE
