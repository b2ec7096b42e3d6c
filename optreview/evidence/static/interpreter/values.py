"""What an expression can stand for: small abstract values, joined as sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from optreview.evidence.static.interpreter.code_values import (
    BoundMethod,
    ClassValue,
    Foreign,
    Function,
    Instance,
    ModuleValue,
    Super,
)

TensorRole = Literal["parameter", "gradient", "state", "temporary", "unknown"]
Size = Literal["full", "scalar", "partial", "unknown"]
Names = frozenset[str]
NONE: Names = frozenset()


@dataclass(frozen=True, slots=True)
class Const:
    """A Python constant whose value is known."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Text:
    """A string known in part; unknown stretches are ``*``."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Scalar:
    """Any value that is no tensor, by the hyperparameters and group keys it was computed from.

    ``traits`` are other origins: ``shape``, ``sparse``, ``complex``, ``state``, ``tensor``, ``counter`` …
    """

    names: Names = NONE
    traits: Names = NONE


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor by role.

    Attributes:
        detached: Reached through ``.data`` or ``detach()``.
        host: Made on the CPU whatever the parameter's device, as step counters are: reading it never waits.
        of: What a temporary was computed from; see ``provenance``.
    """

    role: TensorRole
    key: str | None = None
    size: Size = "full"
    detached: bool = False
    host: bool = False
    of: Names = NONE


@dataclass(frozen=True, slots=True)
class Shape:
    """A tensor's shape, or what is left of it."""

    size: Size


@dataclass(frozen=True, slots=True)
class Marker:
    """The things every optimizer has: ``self``, ``self.state``, ``self.state[p]``, groups."""

    kind: Literal["self", "state", "param_state", "groups", "group", "defaults", "global_state"]


SELF, STATE, PARAM_STATE = Marker("self"), Marker("state"), Marker("param_state")
GROUPS, GROUP, DEFAULTS = Marker("groups"), Marker("group"), Marker("defaults")


#: Containers are numbered, so that one made in the course of a call is known from one that was there before.
_births = count()


@dataclass(slots=True, eq=False)
class Sequence:
    """A list, tuple, set or generator: elements by index while they are known, else their join.

    Attributes:
        appended: Index of the element that each call of ``append`` outside of loops added.
        depth: Number of loops around the place that made it.
        star: Index in ``items`` before which ``rest`` stands.
        key: The state key under which it is kept: what is added to it belongs to the state.
    """

    items: list[Value] | None
    rest: Value = frozenset()
    appended: dict[object, int] = field(default_factory=dict)
    depth: int = 0
    star: int | None = None
    born: int = field(default_factory=_births.__next__)
    key: str | None = None

    def element(self) -> Value:
        """The join of all elements."""
        return join(*(self.items or ()), self.rest)

    def at(self, index: int) -> Value:
        """The element at a known index."""
        items = self.items or []
        if -len(items) <= index < len(items):
            return items[index]
        return self.rest or self.element()


class Row(Sequence):
    """A tuple or list that a table makes and nobody changes: two with the same elements are the same."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return type(other) is Row and self.items == other.items and self.rest == other.rest

    def __hash__(self) -> int:
        return hash((None if self.items is None else tuple(self.items), self.rest))


@dataclass(slots=True, eq=False)
class Mapping:
    """A dictionary: values by constant key, and the join of those under unknown keys.

    Attributes:
        grown: Entries were added after it was made.
        key: The state key under which it is kept: what is added to it belongs to the state.
    """

    entries: dict[str | int | float | bool | None, Value] = field(default_factory=dict)
    rest: Value = frozenset()
    born: int = field(default_factory=_births.__next__)
    grown: bool = False
    key: str | None = None

    def element(self) -> Value:
        """The join of all values."""
        return join(*self.entries.values(), self.rest)


Atom = (
    Const
    | Text
    | Scalar
    | Tensor
    | Shape
    | Marker
    | Foreign
    | ModuleValue
    | ClassValue
    | Function
    | BoundMethod
    | Super
    | Sequence
    | Mapping
    | Instance
)
Value = frozenset[Atom]

#: Asking for the type itself is several times faster than ``isinstance``, and atoms have no other subclasses.
_HOLDING = frozenset({Sequence, Row, Mapping})
_FROZEN = frozenset({Const, Text, Scalar, Tensor, Shape, Marker, Foreign, ModuleValue, ClassValue})
_TRUE = frozenset({Function, ClassValue, Instance, ModuleValue, BoundMethod})
_GRADIENT, _TENSOR, _SHAPE = frozenset({"gradient"}), frozenset({"tensor"}), frozenset({"shape"})
#: A join with more alternatives than this says nothing useful.
_WIDTH = 14
_MANY = "many"

EMPTY: Value = frozenset()
UNKNOWN: Value = frozenset({Scalar(traits=frozenset({"unknown"}))})
NULL: Value = frozenset({Const(None)})
TEMPORARY = Tensor("temporary")


def births() -> int:
    """A number that is greater than those of all containers so far, and less than those to come."""
    return next(_births)


def words(text: str) -> Names:
    """A set of names, written as one text."""
    return frozenset(text.split())


def only(atom: Atom) -> Value:
    """A value with a single alternative."""
    return frozenset((atom,))


def join(*values: Value) -> Value:
    """Every alternative of the given values."""
    if len(values) == 1:
        return values[0]
    if len(values) == 2:
        first, second = values
        if first is second or not second:
            return first
        if not first:
            return second
    joined: Value = frozenset().union(*values)
    return joined if len(joined) <= _WIDTH else _narrow(joined)


def widened(before: Value, value: Value) -> Value:
    """A join that stays narrow once it had too many alternatives, so that it comes to rest."""
    joined = join(before, value)
    if joined != before and any(isinstance(atom, Scalar) and _MANY in atom.traits for atom in before):
        return _narrow(joined)
    return joined


def _narrow(value: Value) -> Value:
    kept: list[Atom] = [atom for atom in value if isinstance(atom, Tensor | Marker)]
    names, traits = origins(value)
    return frozenset([*kept, Scalar(names, traits | {"unknown", _MANY})])


def frozen(value: Value) -> bool:
    """Whether a value holds nothing that can change: no container, object or function with variables."""
    for atom in value:
        kind = type(atom)
        if kind in _FROZEN:
            continue
        if kind is Row and frozen(atom.rest) and all(map(frozen, atom.items or ())):  # type: ignore[union-attr]
            continue
        return False
    return True


def mapping_of(entries: dict[str, Value]) -> Mapping:
    """A dictionary with these entries."""
    made = Mapping()
    made.entries.update(entries)
    return made


def origins(value: Value, depth: int = 2) -> tuple[Names, Names]:
    """The hyperparameter names and the traits behind a value."""
    names: Names = NONE
    traits: Names = NONE
    for atom in value:
        kind = type(atom)
        if kind is Scalar:
            more_names, more_traits = atom.names, atom.traits  # type: ignore[union-attr]
        elif kind is Tensor:
            more_names, more_traits = NONE, _GRADIENT if atom.role == "gradient" else _TENSOR  # type: ignore[union-attr]
        elif kind is Shape:
            more_names, more_traits = NONE, _SHAPE
        elif kind is Marker:
            more_names, more_traits = NONE, frozenset((atom.kind,))  # type: ignore[union-attr]
        elif kind in _HOLDING and depth:
            # Not their join: that asks for the origins of what is too wide, and a container may hold itself.
            more_names, more_traits = origins(_alternatives(atom), depth - 1)  # type: ignore[arg-type]
        else:
            continue
        if more_names:
            names = names | more_names if names else more_names
        if more_traits:
            traits = traits | more_traits if traits else more_traits
    return names, traits


def _alternatives(held: Sequence | Mapping) -> Value:
    """What a container's elements can be, however many that are."""
    parts = (held.items or ()) if isinstance(held, Sequence) else held.entries.values()
    return held.rest.union(*parts)
