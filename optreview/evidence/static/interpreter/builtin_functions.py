"""Builtin functions, and the functions of the standard library and of torch that move values around."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.interpreter.code_values import Foreign, Function, Instance, Super
from optreview.evidence.static.interpreter.holders import Key, Mapping, Row, Sequence
from optreview.evidence.static.interpreter.queries import constant, derived, tensors
from optreview.evidence.static.interpreter.values import (
    EMPTY,
    SELF,
    UNKNOWN,
    Const,
    Scalar,
    Shape,
    Tensor,
    Text,
    Value,
    join,
    only,
    words,
)

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.machine import Scope
    from optreview.evidence.static.interpreter.values import Atom

from optreview.evidence.static.interpreter.containers import UNROLLED, Containers


class Builtins(Containers):
    """Evaluates calls of functions that Python brings along."""

    def builtin(  # noqa: C901, PLR0911, PLR0912 - one case a line
        self, name: str, arguments: list[Value], keywords: dict[str, Value], node: cst.CSTNode, scope: Scope
    ) -> Value:
        """A builtin function."""
        if name == "print":
            self.emit("print", node, scope.module, name)
        if name == "super":
            receiver = scope.receiver or scope.variables.get("self", only(SELF))
            return only(Super(scope.owner, receiver)) if scope.owner is not None else UNKNOWN
        if name in _NUMBERS and arguments:
            return self._number(name, arguments[0], node, scope)
        if name in _COPIES:
            return self._copied(name, arguments)
        if name in _DECISIONS:
            several = len(arguments) > 1
            self.decides(name, arguments if several else self.iterate(join(*arguments)), node, scope)
        if name == "dict":
            return self._dictionary(arguments, keywords)
        if name == "zip":
            return self._zip(arguments)
        if name == "enumerate" and arguments:
            index = only(Scalar(traits=frozenset({"index"})))
            pairs = [only(Row([index, element])) for element in self.iterate(arguments[0])]
            return only(Sequence(pairs) if len(pairs) > 1 else Sequence(None, join(EMPTY, *pairs)))
        if name in {"map", "filter"} and len(arguments) > 1:
            return self._mapped(name, arguments, node, scope)
        if name == "getattr" and len(arguments) > 1:
            return self._getattr(arguments, node, scope)
        if name == "isinstance" and len(arguments) > 1:
            return _isinstance(arguments[0], arguments[1])
        if name == "next" and arguments:
            return self._element_of(arguments[0])
        if name == "hasattr":
            return only(Scalar(traits=frozenset({"attribute"})))
        if name == "len" and arguments:
            return _length(arguments[0])
        if name in _FOLDS and any(tensors(value) for value in arguments):
            return (
                join(*(frozenset(tensors(value)) for value in arguments))
                if name in {"max", "min", "sum"}
                else UNKNOWN
            )
        if name == "range":
            known = _counted(arguments)
            return known if known is not None else only(Row(None, derived(arguments, "index")))
        if name == "str":
            return only(Text("*"))
        return derived([*arguments, *keywords.values()])

    def _number(self, name: str, value: Value, node: cst.CSTNode, scope: Scope) -> Value:
        for tensor in tensors(value):
            self.emit("sync", node, scope.module, f"{name}()", (tensor,))
        known = constant(value)
        return only(known) if known is not None and name == "float" else derived([value])

    def decides(self, name: str, values: list[Value], node: cst.CSTNode, scope: Scope) -> None:
        """``max(a, b)``, ``any(list)`` and ``math.sqrt(t)`` need the values of what surely is a tensor."""
        for value in values:
            if value and all(isinstance(atom, Tensor) for atom in value):
                self.emit("sync", node, scope.module, f"{name}()", tuple(tensors(value)))

    def _copied(self, name: str, arguments: list[Value]) -> Value:
        if not arguments:
            return only(Sequence(None))
        found: list[Value] = []
        for atom in arguments[0]:
            if isinstance(atom, Sequence):
                items = list(atom.items) if atom.items is not None else None
                if name in {"reversed", "sorted"} and items is not None:
                    items = None
                found.append(only(Sequence(items, atom.rest if items is not None else atom.element())))
            elif isinstance(atom, Shape) and name == "tuple":
                found.append(only(atom))
            elif isinstance(atom, Shape) and name == "list":
                found.append(only(Sequence.extents(atom.size, self.element(atom))))
            else:
                found.append(only(Sequence(None, self.element(atom))))
        return join(EMPTY, *found)

    def _dictionary(self, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        entries: dict[Key, Value] = {}
        entries.update(keywords.items())
        rest: Value = EMPTY
        for value in arguments:
            for atom in value:
                if isinstance(atom, Mapping):
                    entries.update(atom.entries)
                    rest = join(rest, atom.rest)
                elif isinstance(atom, Sequence):
                    rest = join(rest, derived([atom.element()]))
        return only(Mapping(entries.items(), rest))

    def _zip(self, arguments: list[Value]) -> Value:
        columns = [self.iterate(value) for value in arguments]
        lengths = {len(column) for column in columns}
        if len(lengths) == 1 and lengths != {1}:
            return only(Row([only(Row(list(row))) for row in zip(*columns, strict=True)]))
        return only(Sequence(None, only(Row([join(EMPTY, *column) for column in columns]))))

    def _mapped(self, name: str, arguments: list[Value], node: cst.CSTNode, scope: Scope) -> Value:
        if name == "filter":
            for element in self.iterate(arguments[1]):
                for atom in arguments[0]:
                    self.apply(atom, [element], {}, node, scope)
            return self._copied("list", [arguments[1]])
        rows = [self.iterate(value) for value in arguments[1:]]
        results: list[Value] = []
        for row in zip(*rows, strict=False):
            applied = [self.apply(atom, list(row), {}, node, scope) for atom in arguments[0]]
            results.append(join(EMPTY, *applied))
        return only(Sequence(results) if len(results) > 1 else Sequence(None, join(EMPTY, *results)))

    def _getattr(self, arguments: list[Value], node: cst.CSTNode, scope: Scope) -> Value:
        name = constant(arguments[1])
        default = arguments[2] if len(arguments) > 2 else EMPTY
        if name is None or not isinstance(name.value, str):
            self.looked_up("attribute", "*", node, scope.module)
            return join(UNKNOWN, default)
        if arguments[0] == only(SELF) and name.value not in self.attributes and default:
            return join(default, self.attribute_of(arguments[0], name.value, node, scope))
        return join(self.attribute_of(arguments[0], name.value, node, scope), default)

    def _element_of(self, value: Value) -> Value:
        return join(EMPTY, *(self.element(atom) for atom in value)) or UNKNOWN

    def modelled(self, name: str, arguments: list[Value], keywords: dict[str, Value]) -> Value | None:  # noqa: PLR0911 - one case a line
        """Standard-library functions and torch helpers that move values around."""
        if name in _RUN_TEXT:
            self.limit(f"What `{name}` runs was not followed.")
        tail = name.rpartition(".")[2]
        if tail == "cast" and len(arguments) > 1:
            return arguments[1]
        if tail == "deque":
            return self._copied("list", arguments[:1])
        if tail in {"defaultdict", "OrderedDict"}:
            return self._dictionary([], keywords)
        if tail == "chain" or name.endswith("chain.from_iterable"):
            return only(Sequence(None, join(EMPTY, *(self._element_of(value) for value in arguments))))
        if tail == "_group_tensors_by_device_and_dtype" and arguments:
            return _grouped(arguments[0])
        if tail in {"partial", "staticmethod"} and arguments:
            return arguments[0]
        if tail == "MethodType" and len(arguments) > 1:
            return frozenset(
                self.function(atom.module, atom.node, atom.owner, arguments[1])
                if isinstance(atom, Function) and type(atom.node) is cst.FunctionDef
                else atom
                for atom in arguments[0]
            )
        return None


#: Functions that run source which is made while the program runs.
_RUN_TEXT = words("exec eval")


_NUMBERS = words("float int bool")


#: Functions that decide something by comparing, or by asking for truth.
_DECISIONS = words("max min any all sorted")


_FOLDS = words("abs round max min sum pow len any all divmod hash")


_COPIES = words("list tuple sorted reversed set frozenset iter deque")


def _counted(arguments: list[Value]) -> Value | None:
    """``range`` of known, few numbers: loops over it are unrolled."""
    bounds = [known.value for value in arguments if (known := constant(value)) is not None]
    if len(bounds) != len(arguments) or not all(type(bound) is int for bound in bounds) or not bounds:
        return None
    try:
        numbers = range(*(int(bound) for bound in bounds if isinstance(bound, int)))
    except (TypeError, ValueError):
        return None
    return only(Row([only(Const(number)) for number in numbers])) if 0 < len(numbers) <= UNROLLED else None


def _grouped(value: Value) -> Value:
    """Torch's helper: ``{(device, dtype): (lists of tensors, indices)}``, the lists in the given order."""
    for atom in value:
        if isinstance(atom, Sequence):
            return only(Mapping(rest=only(Row([only(atom), only(Row(None, UNKNOWN))]))))
    return UNKNOWN


def _length(value: Value) -> Value:
    if len(value) == 1:
        (atom,) = value
        if isinstance(atom, Sequence) and atom.items is not None and not atom.rest:
            return only(Const(len(atom.items)))
        if isinstance(atom, Sequence):
            return only(Scalar(traits=frozenset({"none"})))
        if isinstance(atom, Shape):
            return only(Scalar(traits=frozenset({"shape"})))
    return derived([value])


def _isinstance(value: Value, kind: Value) -> Value:
    names = {atom.name.rpartition(".")[2] for atom in kind if isinstance(atom, Foreign)}
    if names and names <= {"Tensor", "DTensor", "Parameter"} and "Tensor" in names:
        answers = {_is_tensor(atom) for atom in value}
        if len(answers) == 1 and (answer := answers.pop()) is not None:
            return only(Const(answer))
    if names and names <= {"list", "tuple", "Sequence"}:
        held = {isinstance(atom, Sequence) for atom in value if not isinstance(atom, Scalar)}
        if len(held) == 1 and not any(isinstance(atom, Scalar) for atom in value):
            return only(Const(held.pop()))
    return derived([value], "type")


def _is_tensor(atom: Atom) -> bool | None:
    if isinstance(atom, Tensor):
        return True
    return False if isinstance(atom, Const | Sequence | Mapping | Text | Function | Instance) else None
