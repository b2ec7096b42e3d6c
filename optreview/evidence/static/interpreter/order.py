"""An order of alternatives that does not depend on hashing, for what is noted while going through them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.code_values import BoundMethod, Function
from optreview.evidence.static.interpreter.values import NONE, Marker, Scalar, Tensor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.evidence.static.interpreter.values import Atom, Value


def ordered(value: Value) -> Iterable[Atom]:
    """The alternatives of a value, always in the same order."""
    return sorted(value, key=_rank) if len(value) > 1 else value


@lru_cache(maxsize=4096)
def _text(atom: Tensor | Scalar) -> str:
    """What tells tensors and numbers apart: sets are sorted, as their own text depends on hashing."""
    if isinstance(atom, Tensor):
        return f"{replace(atom, of=NONE)!r}{sorted(atom.of)}"
    return f"{sorted(atom.names)}{sorted(atom.traits)}"


def _rank(atom: Atom) -> tuple[str, str]:
    kind = type(atom).__name__
    if isinstance(atom, Tensor | Scalar):
        return kind, _text(atom)
    if isinstance(atom, Marker):
        return kind, atom.kind
    if isinstance(atom, Function):
        span = atom.module.span(atom.node)
        return kind, f"{atom.module.file}:{span.line:06}:{span.column}"
    if isinstance(atom, BoundMethod):
        return kind, f"{atom.name}{[_rank(receiver) for receiver in ordered(atom.receiver)]}"
    return kind, getattr(atom, "name", "") or ""
