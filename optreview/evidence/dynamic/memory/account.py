"""Who holds the live bytes: each state key's share, and what lies outside ``optimizer.state``."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.memory.host import HostMemory
from optreview.evidence.dynamic.memory.ledger import inner_tensors, storages
from optreview.evidence.dynamic.memory.walk import KEPT, Walk
from optreview.records import BufferMemory, Creation, HostBuffer
from optreview.records.memory import Share, family

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from optreview.evidence.dynamic.memory.ledger import Ledger
    from optreview.evidence.dynamic.memory.roots import Roots
    from optreview.evidence.dynamic.memory.walk import Leaf
    from optreview.records import Location
    from optreview.records.memory import Family

#: Key of the bytes that are alive but that no walk from the optimizer and its package reaches.
UNATTRIBUTED = "hidden:unattributed"
#: Characters of a path in the record.
_LONGEST = 200
#: Python numbers in one place that are worth telling of; a step counter a tensor is not.
_MANY_NUMBERS = 1_000


@dataclass
class _Tally:
    bytes: int = 0
    tensors: int = 0
    like_parameter: int = 0
    scalars: int = 0
    numbers: int = 0
    dtypes: set[str] = field(default_factory=set)
    created: Counter[Location] = field(default_factory=Counter)
    shares: Counter[Family] = field(default_factory=Counter)
    unowned: Counter[torch.Size] = field(default_factory=Counter)

    def match(self, shapes: Counter[torch.Size]) -> None:
        """Count what has no known owner as the parameters' where it has their shapes, all equally often."""
        times = self.unowned.total() // shapes.total() if shapes else 0
        if times and self.unowned == Counter({shape: times * count for shape, count in shapes.items()}):
            self.like_parameter += self.unowned.total()

    def record(self, key: str) -> BufferMemory:
        created = sorted(self.created.items())
        return BufferMemory(
            key=key,
            bytes=self.bytes,
            tensors=self.tensors,
            dtypes=tuple(sorted(self.dtypes)),
            like_parameter=self.like_parameter,
            scalars=self.scalars,
            numbers=self.numbers,
            created=tuple(Creation(location=place, bytes=size) for place, size in created if size),
        )


@dataclass(frozen=True)
class Account:
    """State bytes by key; ``declared`` of ``total`` are reachable from ``optimizer.state``."""

    total: int
    declared: int
    buffers: tuple[BufferMemory, ...]
    host: tuple[HostBuffer, ...]
    shares: tuple[Share, ...]


class Holdings:
    """Everything that an optimizer holds: in its state, on itself, on its parameters, in its package."""

    def __init__(self, optimizer: object, parameters: Sequence[torch.Tensor], roots: Roots) -> None:
        self._optimizer, self._parameters, self._roots = optimizer, parameters, roots

    def leaves(self, walk: Walk | None = None) -> Iterator[tuple[Leaf, bool]]:
        """Every leaf, each object once; the flag says whether it is in ``optimizer.state``."""
        walk = walk or Walk(self._parameters)
        for leaf in walk.state(self._optimizer):
            yield leaf, True
        for leaf in walk.attributes(self._optimizer):
            yield leaf, False
        for leaf in walk.hung_on(self._parameters):
            yield leaf, False
        for leaf in walk.code():
            yield leaf, False
        for leaf in self._roots.leaves(walk):
            yield leaf, False

    def census(self, ledger: Ledger) -> Census:
        """Show the ledger what no operation returned but is held, such as tensors made by NumPy."""
        walk = Walk(self._parameters)
        for leaf, _ in self.leaves(walk):
            ledger.record(leaf.value)
        return Census(entries=walk.entries, graphs=tuple(walk.graphs))


@dataclass(frozen=True)
class Census:
    """What is held besides tensors' bytes.

    Attributes:
        entries: What there is at each path: entries of containers, bytes of arrays, files and strings.
        graphs: Paths of the tensors that keep an autograd graph alive.
    """

    entries: Counter[str] = field(default_factory=Counter)
    graphs: tuple[str, ...] = ()


def account(
    ledger: Ledger, holdings: Holdings, parameters: Sequence[torch.Tensor], parameter_bytes: int
) -> Account:
    """Divide what is live beyond the parameters among the keys that hold it, each storage once."""
    holdings.census(ledger)
    total = max(0, ledger.live - parameter_bytes)
    claimed = {storage._cdata for p in parameters for storage in storages(p)}
    families = {id(p): family(p.shape) for p in parameters}
    tallies: dict[str, _Tally] = {}
    blocks: list[Leaf] = []
    numbers: Counter[str] = Counter()
    declared = hidden = 0
    for leaf, is_declared in holdings.leaves():
        if isinstance(leaf.value, HostMemory):
            blocks.append(leaf)
            continue
        fresh = _claim(ledger, leaf.value, claimed)
        size = sum(fresh.values())
        if not isinstance(leaf.value, KEPT):
            numbers[fit(leaf.path)] += leaf.alike
        if is_declared:
            declared += size
            tally = _enter(tallies, fit(leaf.path), leaf, ledger, fresh)
        elif size:
            hidden += size
            tally = _enter(tallies, f"hidden:{fit(leaf.path)}", leaf, ledger, fresh)
        else:
            continue
        owned = families.get(id(leaf.owner))
        if owned is not None and not _single(leaf.value, size):
            tally.shares[owned] += size
    if total > declared + hidden:
        tallies[UNATTRIBUTED] = _Tally(bytes=total - declared - hidden)
    shapes = Counter(p.shape for p in parameters)
    for tally in tallies.values():
        tally.match(shapes)
    buffers = tuple(tally.record(key) for key, tally in sorted(tallies.items()))
    shares = (
        Share(key=key, family=each, bytes=size)
        for key, tally in tallies.items()
        for each, size in tally.shares.items()
        if size
    )
    return Account(
        total=total,
        declared=declared,
        buffers=buffers,
        host=_host(ledger, blocks, numbers),
        shares=tuple(sorted(shares)),
    )


def fit(path: str) -> str:
    """A path as a record holds it: short, and fit to print whatever the reviewed code calls its things."""
    text = path or "value"
    return "".join(c if c.isprintable() else "?" for c in text[:_LONGEST])


def _claim(ledger: Ledger, value: object, claimed: set[int]) -> dict[int, int]:
    fresh = {}
    for storage in storages(value):
        if storage._cdata not in claimed:
            claimed.add(storage._cdata)
            fresh[storage._cdata] = ledger.size(storage._cdata)
    return fresh


def _single(value: object, size: int) -> bool:
    """Whether it is a scalar: on tensors as small as those of a workload it would weigh as nowhere else."""
    return isinstance(value, torch.Tensor) and size <= value.element_size()


def _enter(tallies: dict[str, _Tally], key: str, leaf: Leaf, ledger: Ledger, fresh: dict[int, int]) -> _Tally:
    tally = tallies.setdefault(key, _Tally())
    tally.bytes += sum(fresh.values())
    for storage, size in fresh.items():
        place = ledger.birthplace(storage)
        if place is not None:
            tally.created[place] += size
    if isinstance(leaf.value, torch.Tensor):
        tally.tensors += 1
        tally.scalars += leaf.value.numel() == 1
        tally.like_parameter += leaf.owner is not None and leaf.value.shape == leaf.owner.shape
        if leaf.owner is None:
            tally.unowned[leaf.value.shape] += 1
        tally.dtypes |= {_dtype(inner) for inner in inner_tensors(leaf.value)}
    elif not isinstance(leaf.value, torch.UntypedStorage):
        tally.numbers += leaf.alike
    return tally


def _host(ledger: Ledger, blocks: list[Leaf], numbers: Counter[str]) -> tuple[HostBuffer, ...]:
    """Memory of Python's side, by path and kind, less what tensors share with it."""
    ranges = ledger.ranges() if blocks else []
    found: Counter[tuple[str, str]] = Counter()
    items: Counter[tuple[str, str]] = Counter()
    for leaf in blocks:
        assert isinstance(leaf.value, HostMemory)
        place = (fit(leaf.path), leaf.value.kind)
        found[place] += leaf.value.beyond(ranges)
        items[place] += 1
    kept = [
        HostBuffer(path=path, kind=kind, bytes=size, items=items[path, kind])  # type: ignore[arg-type]
        for (path, kind), size in found.items()
        if size
    ]
    kept += [
        HostBuffer(path=path, kind="numbers", bytes=None, items=count)
        for path, count in numbers.items()
        if count >= _MANY_NUMBERS
    ]
    return tuple(sorted(kept, key=lambda each: (each.path, each.kind)))


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def total_bytes(tensors: Iterable[torch.Tensor]) -> int:
    """Bytes of the distinct storages behind the tensors."""
    return sum({s._cdata: s.nbytes() for t in tensors for s in storages(t)}.values())
