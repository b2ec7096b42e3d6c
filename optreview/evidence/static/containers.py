"""Python's own containers and builtins, the optimizer's state dictionaries, and a few standard functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.evidence.static.attributes import Attributes, key_names
from optreview.evidence.static.values import (
    DEFAULTS,
    EMPTY,
    GROUP,
    GROUPS,
    NULL,
    PARAM_STATE,
    SELF,
    STATE,
    UNKNOWN,
    Const,
    Foreign,
    Function,
    Instance,
    Mapping,
    Marker,
    Scalar,
    Sequence,
    Shape,
    Super,
    Tensor,
    Text,
    Value,
    constant,
    derived,
    join,
    only,
    tensors,
)

if TYPE_CHECKING:
    import libcst as cst

    from optreview.evidence.static.machine import Scope
    from optreview.evidence.static.values import Atom

_NUMBERS = frozenset("float int bool".split())
_FOLDS = frozenset("abs round max min sum pow len any all divmod hash".split())
_COPIES = frozenset("list tuple sorted reversed set frozenset iter deque".split())


#: Longer displays are looped over as a whole.
_UNROLLED = 12


def known_items(value: Value) -> list[Value] | None:
    """The elements by index, when every alternative is a sequence of the same known length."""
    rows: list[list[Value]] = []
    for atom in value:
        if not isinstance(atom, Sequence) or atom.items is None or atom.rest:
            return None
        if atom.items or len(value) == 1:
            rows.append(atom.items)
    if not rows or len({len(row) for row in rows}) > 1:
        return None
    return [join(*column) for column in zip(*rows, strict=True)]


class Containers(Attributes):
    """Methods of dictionaries and lists, and builtin functions."""

    def apply(
        self, atom: Atom, arguments: list[Value], keywords: dict[str, Value], node: cst.CSTNode, scope: Scope
    ) -> Value:
        """Call one alternative of a callee; the call layer implements it."""
        raise NotImplementedError

    def iterate(self, value: Value) -> list[Value]:
        """The elements a loop sees: one by one while they are known, else their join."""
        known = known_items(value)
        if known is not None and len(known) <= _UNROLLED:
            return known
        elements = [self._element(atom) for atom in value]
        return [join(EMPTY, *elements) or UNKNOWN]

    def _element(self, atom: Atom) -> Value:
        if isinstance(atom, Sequence):
            return atom.element()
        if isinstance(atom, Mapping):
            keys = frozenset(Const(key) for key in atom.entries)
            return join(keys, UNKNOWN) if atom.rest else keys
        if atom == GROUPS:
            return only(GROUP)
        if atom == STATE:
            return only(Tensor("parameter"))
        if isinstance(atom, Tensor):
            return only(atom)
        if isinstance(atom, Shape):
            return only(Scalar(traits=frozenset({"shape"})))
        if isinstance(atom, Const):
            return EMPTY
        if isinstance(atom, Marker):
            return only(Text("*"))
        return derived([only(atom)])

    # ---- methods

    def container_method(
        self,
        atom: Atom,
        name: str,
        arguments: list[Value],
        keywords: dict[str, Value],
        node: cst.CSTNode,
        scope: Scope,
    ) -> Value:
        """A method of something that is neither tensor nor object of the package."""
        if atom in {PARAM_STATE, GROUP, DEFAULTS}:
            return self._record_method(atom, name, arguments, keywords, node, scope)
        if isinstance(atom, Mapping):
            return self._mapping_method(atom, name, arguments, keywords)
        if isinstance(atom, Sequence):
            return self._sequence_method(atom, name, arguments, node)
        if atom == STATE:
            return self._state_method(name, arguments, node, scope)
        if isinstance(atom, Const | Text) and name in {
            "format",
            "join",
            "lower",
            "upper",
            "strip",
            "replace",
        }:
            return self._string_method(atom, name, arguments, keywords)
        if atom == GROUPS and name in {"append", "extend"}:
            return NULL
        if isinstance(atom, Shape) and name == "numel":
            return only(Scalar(traits=frozenset({"shape"})))
        return derived([only(atom), *arguments, *keywords.values()])

    def _state_method(self, name: str, arguments: list[Value], node: cst.CSTNode, scope: Scope) -> Value:
        if name in {"get", "setdefault", "pop"} and arguments:
            return self.item(STATE, arguments[0], node, scope)
        if name == "items":
            return only(Sequence(None, only(Sequence([only(Tensor("parameter")), only(PARAM_STATE)]))))
        if name == "values":
            return only(Sequence(None, only(PARAM_STATE)))
        if name == "keys":
            return only(Sequence(None, only(Tensor("parameter"))))
        return UNKNOWN

    def _record_method(
        self,
        atom: Atom,
        name: str,
        arguments: list[Value],
        keywords: dict[str, Value],
        node: cst.CSTNode,
        scope: Scope,
    ) -> Value:
        if name in {"get", "pop"} and arguments:
            default = arguments[1] if len(arguments) > 1 else NULL if name == "get" else EMPTY
            found = self.item(atom, arguments[0], node, scope)
            return found if atom == GROUP else join(found, default)
        if name == "setdefault" and arguments:
            value = arguments[1] if len(arguments) > 1 else NULL
            self.assign_item(atom, arguments[0], value, node, scope)
            return self.item(atom, arguments[0], node, scope)
        if name == "update":
            self.assign_all(atom, [*arguments, only(Mapping(dict(keywords)))], node, scope)
            return NULL
        if name in {"values", "items", "keys"}:
            entry = self._any_entry(atom)
            pair = only(Sequence([only(Text("*")), entry]))
            element = {"values": entry, "items": pair, "keys": only(Text("*"))}[name]
            return only(Sequence(None, element))
        return derived([only(atom)])

    def _any_entry(self, atom: Atom) -> Value:
        if atom == PARAM_STATE:
            return join(EMPTY, *self.state_values.values()) or only(Tensor("state", "*", "unknown"))
        return join(UNKNOWN, only(self.parameters))

    def assign_all(self, atom: Atom, sources: list[Value], node: cst.CSTNode, scope: Scope) -> None:
        """``record.update(…)`` and ``self.state[p] = {…}``: one assignment for each known key."""
        for source in sources:
            for mapping in source:
                if isinstance(mapping, Mapping):
                    for key, value in list(mapping.entries.items()):
                        self.assign_item(atom, only(Const(key)), value, node, scope)
                    if mapping.rest:
                        self.assign_item(atom, only(Text("*")), mapping.rest, node, scope)

    def assign_item(self, atom: Atom, key: Value, value: Value, node: cst.CSTNode, scope: Scope) -> None:
        """``atom[key] = value``."""
        if atom == PARAM_STATE:
            for name in key_names(key):
                self.emit("write", node, scope.module, name, value=value)
                self.set_state(name, value)
        elif atom == GROUP:
            for name in key_names(key):
                in_constructor = any(frame.is_constructor for frame in self.stack)
                self.set_group(name, value, default=in_constructor or _restored(self.stack[-1].name))
        elif atom == DEFAULTS:
            for name in key_names(key):
                self.set_group(name, value, default=True)
        elif atom == STATE:
            self._assign_state(key, value, node, scope)
        elif isinstance(atom, Marker) and atom.kind == "global_state":
            for name in key_names(key):
                self.emit("global_write", node, scope.module, name, value=value)
        elif isinstance(atom, Mapping):
            self.put(atom, key, value)
        elif isinstance(atom, Sequence):
            self._assign_element(atom, key, value)

    def _assign_state(self, key: Value, value: Value, node: cst.CSTNode, scope: Scope) -> None:
        texts = [part for part in key if isinstance(part, Const) and isinstance(part.value, str)]
        if texts:
            for name in key_names(key):
                self.emit("global_write", node, scope.module, name, value=value)
        else:
            self.assign_all(PARAM_STATE, [value], node, scope)

    def _assign_element(self, atom: Sequence, key: Value, value: Value) -> None:
        number = constant(key)
        items = atom.items
        if (
            number is not None
            and isinstance(number.value, int)
            and items
            and -len(items) <= number.value < len(items)
        ):
            joined = join(items[number.value], value)
            if joined != items[number.value]:
                items[number.value] = joined
                self.version += 1
        else:
            self.append(atom, value)

    def _mapping_method(
        self, atom: Mapping, name: str, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        if name in {"get", "pop"} and arguments:
            default = arguments[1] if len(arguments) > 1 else NULL
            return join(
                self._mapping_item(atom, arguments[0]) if atom.entries or atom.rest else EMPTY, default
            )
        if name == "setdefault" and arguments:
            self.put(atom, arguments[0], arguments[1] if len(arguments) > 1 else NULL)
            return self._mapping_item(atom, arguments[0])
        if name == "update":
            for source in [*arguments, only(Mapping(dict(keywords)))]:
                for other in source:
                    if isinstance(other, Mapping):
                        for key, value in list(other.entries.items()):
                            self.put(atom, only(Const(key)), value)
            return NULL
        if name == "values":
            return only(Sequence(list(atom.entries.values()), atom.rest))
        if name == "keys":
            return only(Sequence([only(Const(key)) for key in atom.entries]))
        if name == "items":
            pairs = [only(Sequence([only(Const(key)), value])) for key, value in atom.entries.items()]
            rest = only(Sequence([UNKNOWN, atom.rest])) if atom.rest else EMPTY
            return only(Sequence(pairs, rest))
        if name == "copy":
            return only(atom)
        return UNKNOWN

    def _sequence_method(self, atom: Sequence, name: str, arguments: list[Value], site: cst.CSTNode) -> Value:
        if name in {"append", "add", "appendleft"} and arguments:
            self.append(atom, arguments[0], site)
            return NULL
        if name == "insert" and len(arguments) > 1:
            self.append(atom, arguments[1])
            return NULL
        if name in {"extend", "update", "extendleft"} and arguments:
            for element in self.iterate(arguments[0]):
                self.append(atom, element)
            return NULL
        if name in {"pop", "popleft", "popitem"}:
            return atom.element() or UNKNOWN
        return only(atom) if name == "copy" else UNKNOWN

    def _string_method(
        self, atom: Const | Text, name: str, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        text = atom.pattern if isinstance(atom, Text) else atom.value
        if name == "format" and isinstance(text, str):
            return only(_filled(text, arguments, keywords))
        return only(Text("*")) if name != "strip" else only(atom)

    # ---- builtins

    def builtin(
        self, name: str, arguments: list[Value], keywords: dict[str, Value], node: cst.CSTNode, scope: Scope
    ) -> Value:
        """A builtin function."""
        if name == "super":
            receiver = scope.receiver or scope.variables.get("self", only(SELF))
            return only(Super(scope.owner, receiver)) if scope.owner is not None else UNKNOWN
        if name in _NUMBERS and arguments:
            return self._number(name, arguments[0], node, scope)
        if name in _COPIES:
            return self._copied(name, arguments)
        if name == "dict":
            return self._dictionary(arguments, keywords)
        if name == "zip":
            return self._zip(arguments)
        if name == "enumerate" and arguments:
            index = only(Scalar(traits=frozenset({"index"})))
            pairs = [only(Sequence([index, element])) for element in self.iterate(arguments[0])]
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
            return known if known is not None else only(Sequence(None, derived(arguments, "index")))
        if name == "str":
            return only(Text("*"))
        return derived([*arguments, *keywords.values()])

    def _number(self, name: str, value: Value, node: cst.CSTNode, scope: Scope) -> Value:
        for tensor in tensors(value):
            self.emit("sync", node, scope.module, f"{name}()", (tensor,))
        known = constant(value)
        return only(known) if known is not None and name == "float" else derived([value])

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
            else:
                found.append(only(Sequence(None, self._element(atom))))
        return join(EMPTY, *found)

    def _dictionary(self, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        made = Mapping(dict(keywords))
        for value in arguments:
            for atom in value:
                if isinstance(atom, Mapping):
                    made.entries.update(atom.entries)
                    made.rest = join(made.rest, atom.rest)
                elif isinstance(atom, Sequence):
                    made.rest = join(made.rest, derived([atom.element()]))
        return only(made)

    def _zip(self, arguments: list[Value]) -> Value:
        columns = [self.iterate(value) for value in arguments]
        lengths = {len(column) for column in columns}
        if len(lengths) == 1 and lengths != {1}:
            return only(Sequence([only(Sequence(list(row))) for row in zip(*columns, strict=True)]))
        return only(Sequence(None, only(Sequence([join(EMPTY, *column) for column in columns]))))

    def _mapped(self, name: str, arguments: list[Value], node: cst.CSTNode, scope: Scope) -> Value:
        if name == "filter":
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
            return join(UNKNOWN, default)
        if arguments[0] == only(SELF) and name.value not in self.attributes and default:
            return join(default, self.attribute_of(arguments[0], name.value, node, scope))
        return join(self.attribute_of(arguments[0], name.value, node, scope), default)

    def _element_of(self, value: Value) -> Value:
        return join(EMPTY, *(self._element(atom) for atom in value)) or UNKNOWN

    def modelled(
        self, name: str, arguments: list[Value], keywords: dict[str, Value], scope: Scope
    ) -> Value | None:
        """Standard-library functions and torch helpers that move values around."""
        tail = name.rpartition(".")[2]
        if tail == "cast" and len(arguments) > 1:
            return arguments[1]
        if tail in {"deque", "chain"} and name.startswith("collections") and arguments:
            return self._copied("list", arguments[:1])
        if tail in {"defaultdict", "OrderedDict"}:
            return self._dictionary([], keywords)
        if tail == "chain" or name.endswith("chain.from_iterable"):
            return only(Sequence(None, join(EMPTY, *(self._element_of(value) for value in arguments))))
        if tail == "_group_tensors_by_device_and_dtype" and arguments:
            return _grouped(arguments[0])
        if tail == "partial" and arguments:
            return arguments[0]
        return None


def _counted(arguments: list[Value]) -> Value | None:
    """``range`` of known, few numbers: loops over it are unrolled."""
    bounds = [known.value for value in arguments if (known := constant(value)) is not None]
    if len(bounds) != len(arguments) or not all(type(bound) is int for bound in bounds) or not bounds:
        return None
    try:
        numbers = range(*(int(bound) for bound in bounds if isinstance(bound, int)))
    except (TypeError, ValueError):
        return None
    return (
        only(Sequence([only(Const(number)) for number in numbers])) if 0 < len(numbers) <= _UNROLLED else None
    )


def _grouped(value: Value) -> Value:
    """Torch's helper: ``{(device, dtype): (lists of tensors, indices)}``, the lists in the given order."""
    for atom in value:
        if isinstance(atom, Sequence):
            return only(Mapping(rest=only(Sequence([only(atom), only(Sequence(None, UNKNOWN))]))))
    return UNKNOWN


def _restored(name: str) -> bool:
    """Methods that fill in what an old checkpoint lacks: the key stays an option."""
    return name in {"__setstate__", "load_state_dict", "add_param_group"}


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


def _filled(text: str, arguments: list[Value], keywords: dict[str, Value]) -> Const | Text:
    """``text.format(…)`` with what is known of the arguments."""
    filled, position = "", 0
    for part in re.split(r"(\{[^{}]*\})", text):
        if not part.startswith("{"):
            filled += part
            continue
        name = re.split(r"[:!.\[]", part[1:-1])[0]
        value = keywords.get(name, EMPTY)
        if name.isdigit() or not name:
            index = int(name) if name else position
            position += 1
            value = arguments[index] if index < len(arguments) else EMPTY
        known = constant(value)
        filled += str(known.value) if known is not None else "*"
    return Text(filled) if "*" in filled else Const(filled)
