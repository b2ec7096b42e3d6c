"""Hashes of everything that an optimizer touches: equal hashes, equal bits."""

from __future__ import annotations

import ctypes
import hashlib
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.memory.ledger import inner_tensors
from optreview.evidence.dynamic.memory.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optreview.evidence.dynamic.memory.walk import Leaf
    from optreview.evidence.dynamic.session import Session

#: State under more names than this is hashed together.
_MOST_NAMES = 64
_DIGITS = 32


def parts(session: Session, result: object) -> dict[str, str]:
    """A hash for the parameters, the gradients, what ``step`` returned, and each name in the state."""
    known = {id(parameter): number for number, parameter in enumerate(session.parameters)}
    hashes = {
        "the parameters": _together(session.parameters),
        "the gradients": _together(parameter.grad for parameter in session.parameters),
        "what `step` returns": _together([result]),
    }
    running: dict[str, list[bytes]] = {}
    for leaf in _leaves(session):
        name = f"the state `{leaf.path[:60]}`" if len(running) < _MOST_NAMES else "the state"
        owner = str(known.get(id(leaf.owner))).encode()
        running.setdefault(name, []).append(owner + fingerprint(leaf.value))
    return hashes | {name: _digest(pieces) for name, pieces in running.items()}


def recorded(session: Session) -> int:
    """How many tensors of the state require gradients: each may keep a graph alive."""
    values = [leaf.value for leaf in _leaves(session)]
    return sum(value.requires_grad for value in values if isinstance(value, torch.Tensor))


def _leaves(session: Session) -> Iterator[Leaf]:
    walk = Walk(skipped=session.parameters)
    yield from walk.state(session.optimizer)
    yield from walk.attributes(session.optimizer)


def fingerprint(value: object) -> bytes:
    """What tells a value from another one: of a tensor type, layout and bits, of anything else its text."""
    if not isinstance(value, torch.Tensor):
        return repr(value).encode(errors="replace") if isinstance(value, (int, float, complex)) else b"other"
    pieces = [type(value).__name__.encode()]
    for inner in inner_tensors(value):
        layout = f"{inner.dtype} {tuple(inner.shape)} {inner.layout}"
        pieces += [layout.encode(), _bits(inner.detach())]
    return b"|".join(pieces)


def _bits(tensor: torch.Tensor) -> bytes:
    if tensor.layout is torch.sparse_coo:
        whole = tensor.coalesce()
        return _bits(whole.indices()) + _bits(whole.values())
    flat = tensor.resolve_conj().resolve_neg().contiguous().cpu()
    return ctypes.string_at(flat.data_ptr(), flat.numel() * flat.element_size())


def _together(values: Iterable[object]) -> str:
    return _digest([b"none" if value is None else fingerprint(value) for value in values])


def _digest(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()[:_DIGITS]
