"""Python's own containers and builtins, the optimizer's state dictionaries, and a few standard functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.holders import Mapping, Row, Sequence
from optreview.evidence.static.interpreter.operators import string_method
from optreview.evidence.static.interpreter.queries import constant, derived, tensors
from optreview.evidence.static.interpreter.subscripts import Subscripts, key_names
from optreview.evidence.static.interpreter.values import (
    DEFAULTS,
    EMPTY,
    GROUP,
    GROUPS,
    NULL,
    PARAM_STATE,
    STATE,
    UNKNOWN,
    Const,
    Marker,
    Scalar,
    Shape,
    Tensor,
    Text,
    Value,
    join,
    only,
    origins,
)

if TYPE_CHECKING:
    import libcst as cst

    from optreview.evidence.static.interpreter.machine import Scope
    from optreview.evidence.static.interpreter.values import Atom


#: Longer displays are looped over as a whole.
UNROLLED = 12


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


class Containers(Subscripts):
    """Methods of dictionaries and lists, and builtin functions."""

    def apply(
        self, atom: Atom, arguments: list[Value], keywords: dict[str, Value], node: cst.CSTNode, scope: Scope
    ) -> Value:
        """Call one alternative of a callee; the call layer implements it."""
        raise NotImplementedError

    def iterate(self, value: Value) -> list[Value]:
        """The elements a loop sees: one by one while they are known, else their join."""
        known = known_items(value)
        if known is not None and len(known) <= UNROLLED:
            return known
        joined = join(EMPTY, *(self.element(atom) for atom in value)) or UNKNOWN
        names = sorted(
            atom.value for atom in joined if isinstance(atom, Const) and isinstance(atom.value, str)
        )
        if (
            1 < len(names) == len(joined) <= UNROLLED
        ):  # a key belongs to what is kept under it, and to no other
            return [only(Const(name)) for name in names]
        return [joined]

    def element(self, atom: Atom) -> Value:  # noqa: PLR0911 - one case a line
        """What iterating over one alternative gives."""
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

    def container_method(  # noqa: PLR0911, PLR0913, PLR0917 - one case a line
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
            return string_method(atom, name, arguments, keywords)
        if atom == GROUPS and name in {"append", "extend"}:
            return NULL
        if isinstance(atom, Shape) and name == "numel":
            return only(Scalar(traits=frozenset({"shape"})))
        return derived([only(atom), *arguments, *keywords.values()])

    def _state_method(self, name: str, arguments: list[Value], node: cst.CSTNode, scope: Scope) -> Value:
        if name in {"get", "setdefault", "pop"} and arguments:
            if name == "setdefault":
                self._note_key(arguments[0], arguments[-1], node, scope)
            return self.item(STATE, arguments[0], node, scope)
        if name == "items":
            return only(Sequence(None, only(Row([only(Tensor("parameter")), only(PARAM_STATE)]))))
        if name == "values":
            return only(Row(None, only(PARAM_STATE)))
        if name == "keys":
            return only(Row(None, only(Tensor("parameter"))))
        return UNKNOWN

    def _record_method(  # noqa: PLR0913, PLR0917 - a call is all of these
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
            self.assign_all(atom, [*arguments, only(Mapping(keywords.items()))], node, scope)
            return NULL
        if name in {"values", "items", "keys"}:
            entry = self._any_entry(atom)
            if name != "keys":
                self.looked_up("state" if atom == PARAM_STATE else "group", "*", node, scope.module)
            pair = only(Row([only(Text("*")), entry]))
            element = {"values": entry, "items": pair, "keys": only(Text("*"))}[name]
            return only(Row(None, element))
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
        elif isinstance(atom, Mapping):
            self.put(atom, key, value)
        elif isinstance(atom, Sequence):
            self._assign_element(atom, key, value)

    def _assign_state(self, key: Value, value: Value, node: cst.CSTNode, scope: Scope) -> None:
        if not self._note_key(key, value, node, scope):
            self.assign_all(PARAM_STATE, [value], node, scope)

    def _note_key(self, key: Value, value: Value, node: cst.CSTNode, scope: Scope) -> bool:
        """Note a key of the state that is no parameter; whether it is one."""
        named = any(isinstance(part, Const) and isinstance(part.value, str) for part in key)
        for name in key_names(key) if named else ():
            self.emit("global_write", node, scope.module, name, value=value)
            if tensors(value) and name not in self.shared_tensors:
                self.shared_tensors.add(name)
                self.watch.changed("shared", name)
        return named

    def _assign_element(self, atom: Sequence, key: Value, value: Value) -> None:
        if "slice" in origins(key)[1]:
            for element in self.iterate(value):
                self.append(atom, element)
            return
        number = constant(key)
        items = atom.items
        if (
            number is not None
            and isinstance(number.value, int)
            and items
            and not isinstance(atom, Row)
            and -len(items) <= number.value < len(items)
        ):
            atom.widen(number.value, value)
        else:
            self.append(atom, value)

    def _mapping_method(  # noqa: C901, PLR0911 - one case a line
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
            for source in [*arguments, only(Mapping(keywords.items()))]:
                for other in source:
                    if isinstance(other, Mapping):
                        for key, value in list(other.entries.items()):
                            self.put(atom, only(Const(key)), value)
            return NULL
        if name == "values":
            return only(Row(list(atom.entries.values()), atom.rest))
        if name == "keys":
            return only(Row([only(Const(key)) for key in atom.entries]))
        if name == "items":
            pairs = [only(Row([only(Const(key)), value])) for key, value in atom.entries.items()]
            rest = only(Row([UNKNOWN, atom.rest])) if atom.rest else EMPTY
            return only(Row(pairs, rest))
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
        if name in {"pop", "popleft", "popitem", "remove", "clear"}:
            atom.shorten()
            return atom.element() or UNKNOWN
        return only(atom) if name == "copy" else UNKNOWN


def _restored(name: str) -> bool:
    """Methods that fill in what an old checkpoint lacks: the key stays an option."""
    return name in {"__setstate__", "load_state_dict", "add_param_group"}
