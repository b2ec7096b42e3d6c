"""What can be asked of abstract values: the tensors in them, what they hold, whether they are true."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.code_values import ClassValue, Foreign, ModuleValue
from optreview.evidence.static.interpreter.holders import HOLDING, Row
from optreview.evidence.static.interpreter.values import (
    MANY,
    NONE,
    TRUE,
    Atom,
    Const,
    Marker,
    Names,
    Scalar,
    Shape,
    Tensor,
    Text,
    Value,
    join,
    narrow,
    origins,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_FROZEN = frozenset({Const, Text, Scalar, Tensor, Shape, Marker, Foreign, ModuleValue, ClassValue})


def lasting(value: Value, key: str | None = None) -> Value:
    """A value that is kept beyond the step: a new tensor becomes state, if only under a parameter's key."""
    for atom in value:
        if type(atom) is Tensor and atom.role == "temporary":
            break
    else:
        return value
    return frozenset(
        replace(atom, role="state", key=key)
        if isinstance(atom, Tensor) and atom.role == "temporary"
        else atom
        for atom in value
    )


def tensors(value: Value) -> list[Tensor]:
    """The tensors that a value can be."""
    return [atom for atom in value if type(atom) is Tensor]


def spread(value: Value, depth: int = 3) -> list[Tensor]:
    """The tensors that a value can be or hold."""
    found: list[Tensor] = []
    held: list[Value] = []
    for atom in value:
        kind = type(atom)
        if kind is Tensor:
            found.append(atom)  # type: ignore[arg-type]
        elif kind in HOLDING and depth:
            held.append(atom.element())  # type: ignore[union-attr]
    for inner in held:
        found += spread(inner, depth - 1)
    return found


def derived(values: Iterable[Value], *traits: str) -> Value:
    """A scalar computed from other values."""
    names: Names = NONE
    found: Names = frozenset(traits) if traits else NONE
    for value in values:
        more_names, more_traits = origins(value)
        if more_names:
            names = names | more_names if names else more_names
        if more_traits:
            found = found | more_traits if found else more_traits
    return frozenset((Scalar(names, found),))


def constant(value: Value) -> Const | None:
    """The one constant that a value is, or None."""
    if len(value) == 1:
        (atom,) = value
        return atom if type(atom) is Const else None
    return None


def truth(value: Value) -> bool | None:
    """Whether a value is true, when all its alternatives agree."""
    seen: bool | None = None
    for atom in value:
        kind = type(atom)
        if kind is Const:
            each = bool(atom.value)  # type: ignore[union-attr]
        elif kind in TRUE or (kind is Text and atom.pattern.strip("*")):  # type: ignore[union-attr]
            each = True
        else:
            return None
        if seen is None:
            seen = each
        elif seen is not each:
            return None
    return seen


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


def widened(before: Value, value: Value) -> Value:
    """A join that stays narrow once it had too many alternatives, so that it comes to rest."""
    joined = join(before, value)
    if joined != before and any(isinstance(atom, Scalar) and MANY in atom.traits for atom in before):
        return narrow(joined)
    return joined


def doubted(callee: Value) -> Value:
    """What is called; a closure in whose place something else may be called is marked ``perhaps``."""
    return frozenset(_doubted(atom, alone=len(callee) == 1) for atom in callee)


def _doubted(atom: Atom, *, alone: bool) -> Atom:
    if not isinstance(atom, Scalar) or "closure" not in atom.traits:
        return atom
    if alone and not atom.traits & {"attribute", "unknown"}:
        return atom
    return Scalar(names=atom.names, traits=atom.traits | {"perhaps"})
