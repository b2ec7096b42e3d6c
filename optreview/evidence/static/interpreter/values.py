"""What an expression can stand for: small abstract values, joined as sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Union

from optreview.evidence.static.interpreter.code_values import (
    BoundMethod,
    ClassValue,
    Foreign,
    Function,
    Instance,
    ModuleValue,
    Super,
)
from optreview.evidence.static.interpreter.watch import Watched

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.holders import Mapping, Sequence


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


Atom = Union[
    Const,
    Text,
    Scalar,
    Tensor,
    Shape,
    Marker,
    Foreign,
    ModuleValue,
    ClassValue,
    Function,
    BoundMethod,
    Super,
    "Sequence",
    "Mapping",
    Instance,
]
Value = frozenset[Atom]

TRUE = frozenset({Function, ClassValue, Instance, ModuleValue, BoundMethod})
_GRADIENT, _TENSOR, _SHAPE = frozenset({"gradient"}), frozenset({"tensor"}), frozenset({"shape"})
#: A join with more alternatives than this says nothing useful.
_WIDTH = 14
MANY = "many"

EMPTY: Value = frozenset()
UNKNOWN: Value = frozenset({Scalar(traits=frozenset({"unknown"}))})
NULL: Value = frozenset({Const(None)})
TEMPORARY = Tensor("temporary")


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
    return joined if len(joined) <= _WIDTH else narrow(joined)


def narrow(value: Value) -> Value:
    """What is left of a value with too many alternatives."""
    kept: list[Atom] = [atom for atom in value if isinstance(atom, Tensor | Marker)]
    names, traits = origins(value)
    return frozenset([*kept, Scalar(names, traits | {"unknown", MANY})])


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
        elif depth and isinstance(atom, Watched):
            # Not their join: that asks for the origins of what is too wide, and a container may hold itself.
            more_names, more_traits = origins(atom.alternatives(), depth - 1)
        else:
            continue
        if more_names:
            names = names | more_names if names else more_names
        if more_traits:
            traits = traits | more_traits if traits else more_traits
    return names, traits
