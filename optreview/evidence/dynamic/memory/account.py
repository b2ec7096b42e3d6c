"""Who holds the live bytes: each state key's share, and what lies outside ``optimizer.state``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.memory.ledger import inner_tensors, storages
from optreview.evidence.dynamic.memory.walk import Leaf, Walk
from optreview.records import BufferMemory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from optreview.evidence.dynamic.memory.ledger import Ledger

#: Key of the bytes that are alive but that no walk from the optimizer reaches: closures, module globals …
UNATTRIBUTED = "hidden:unattributed"


@dataclass
class _Tally:
    bytes: int = 0
    tensors: int = 0
    like_parameter: int = 0
    scalars: int = 0
    numbers: int = 0
    dtypes: set[str] = field(default_factory=set)

    def record(self, key: str) -> BufferMemory:
        return BufferMemory(
            key=key,
            bytes=self.bytes,
            tensors=self.tensors,
            dtypes=tuple(sorted(self.dtypes)),
            like_parameter=self.like_parameter,
            scalars=self.scalars,
            numbers=self.numbers,
        )


@dataclass(frozen=True)
class Account:
    """State bytes by key; ``declared`` of ``total`` are reachable from ``optimizer.state``."""

    total: int
    declared: int
    buffers: tuple[BufferMemory, ...]


def reachable(optimizer: object, parameters: Sequence[torch.Tensor]) -> Iterator[tuple[Leaf, bool]]:
    """Every leaf that hangs on the optimizer or its parameters; the flag says whether it is state."""
    walk = Walk(parameters)
    for leaf in walk.state(optimizer):
        yield leaf, True
    for leaf in walk.attributes(optimizer):
        yield leaf, False
    for leaf in walk.hung_on(parameters):
        yield leaf, False


def take_in(ledger: Ledger, optimizer: object, parameters: Sequence[torch.Tensor]) -> None:
    """Show the ledger what no operation returned but the optimizer holds, such as tensors made by NumPy."""
    for leaf, _ in reachable(optimizer, parameters):
        ledger.record(leaf.value)


def account(
    ledger: Ledger, optimizer: object, parameters: Sequence[torch.Tensor], parameter_bytes: int
) -> Account:
    """Divide what is live beyond the parameters among the keys that hold it, each storage once."""
    take_in(ledger, optimizer, parameters)
    total = max(0, ledger.live - parameter_bytes)
    claimed = {storage._cdata for p in parameters for storage in storages(p)}
    tallies: dict[str, _Tally] = {}
    declared = hidden = 0
    for leaf, is_declared in reachable(optimizer, parameters):
        fresh = _claim(ledger, leaf.value, claimed)
        if is_declared:
            declared += fresh
            _enter(tallies, leaf.path or "value", leaf, fresh)
        elif fresh:
            hidden += fresh
            _enter(tallies, f"hidden:{leaf.path or 'value'}", leaf, fresh)
    if total > declared + hidden:
        tallies[UNATTRIBUTED] = _Tally(bytes=total - declared - hidden)
    buffers = tuple(tally.record(key) for key, tally in sorted(tallies.items()))
    return Account(total=total, declared=declared, buffers=buffers)


def _claim(ledger: Ledger, value: object, claimed: set[int]) -> int:
    fresh = 0
    for storage in storages(value):
        if storage._cdata not in claimed:
            claimed.add(storage._cdata)
            fresh += ledger.size(storage._cdata)
    return fresh


def _enter(tallies: dict[str, _Tally], key: str, leaf: Leaf, fresh: int) -> None:
    tally = tallies.setdefault(key, _Tally())
    if not isinstance(leaf.value, torch.Tensor):
        tally.numbers += 1
        return
    tally.bytes += fresh
    tally.tensors += 1
    tally.scalars += leaf.value.numel() == 1
    tally.like_parameter += leaf.owner is not None and leaf.value.shape == leaf.owner.shape
    tally.dtypes |= {_dtype(inner) for inner in inner_tensors(leaf.value)}


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def total_bytes(tensors: Iterable[torch.Tensor]) -> int:
    """Bytes of the distinct storages behind the tensors."""
    return sum({s._cdata: s.nbytes() for t in tensors for s in storages(t)}.values())
