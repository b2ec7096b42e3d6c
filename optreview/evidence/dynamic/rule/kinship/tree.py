"""The normal form of an update: a tree whose nodes are equal when what is below them is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Trees share their branches, so that a size may be astronomic without the memory being so.
_LARGEST = 10_000
#: Smaller parts than this are written again rather than referred to.
_REPEATED = 3
#: A running mean, before the decays are numbered.
AVERAGE = "avg"
#: Operators whose branches have an order.
_ORDERED = frozenset({"matmul", "case", "<", "<=", ">", ">=", "==", "!=", "where", "clamp", "mod"})


@dataclass(frozen=True, eq=False)
class Node:
    """A part of an update.

    Attributes:
        label: ``+``, ``*`` and ``-*`` (a product with a minus), ``^0.5``, ``avg``, or a function.
        rate: Of a running mean, its decay.
        digest: What it says, decays aside: the order of branches goes by it, and so depends on no number.
        identity: What it is equal by: with the decays, until ``numbered`` has told running means apart.
    """

    label: str
    children: tuple[Node, ...] = ()
    rate: float | None = None
    digest: str = field(init=False)
    identity: str = field(init=False)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        """What it is equal by, and how large it is."""
        digest = identity = _hash(self.label, [each.digest for each in self.children])
        rated = self.label == AVERAGE and self.rate
        if rated or any(each.identity is not each.digest for each in self.children):
            own = f"{self.label}@{self.rate:.9g}" if rated else self.label
            identity = _hash(own, [each.identity for each in self.children])
        object.__setattr__(self, "digest", digest)
        object.__setattr__(self, "identity", identity)
        size = min(_LARGEST, 1 + sum(each.size for each in self.children))
        object.__setattr__(self, "size", size)

    def __eq__(self, other: object) -> bool:
        """Whether both say the same."""
        return isinstance(other, Node) and self.identity == other.identity

    def __hash__(self) -> int:
        """Of what it is equal by."""
        return hash(self.identity)


def _hash(label: str, parts: Iterable[str]) -> str:
    return hashlib.blake2b(f"{label}({','.join(parts)})".encode(), digest_size=8).hexdigest()


def node(label: str, children: Iterable[Node] = (), rate: float | None = None) -> Node:
    """A node; where order means nothing its branches are sorted."""
    found = tuple(children)
    if len(found) > 1 and label.partition(":")[0] not in _ORDERED:
        alike = len({each.digest for each in found}) < len(found)
        found = tuple(sorted(found, key=_by_decays if alike else _by_digest))
    return Node(label, found, rate)


def _by_digest(one: Node) -> str:
    return one.digest


def _by_decays(one: Node) -> tuple[str, list[float]]:
    return one.digest, [-rate for rate in _rates(one)]


def _rates(tree: Node) -> list[float]:
    """The decays in it, from the top."""
    found: list[float] = []
    seen: set[int] = set()
    waiting = [tree]
    for one in waiting:
        if id(one) not in seen:
            seen.add(id(one))
            found += [] if one.rate is None else [one.rate]
            waiting.extend(one.children)
    return found


def has(tree: Node, label: str) -> bool:
    """Whether a label occurs in it."""
    seen: set[str] = set()
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if one.label == label:
            return True
        if one.digest not in seen:
            seen.add(one.digest)
            waiting.extend(one.children)
    return False


def numbered(tree: Node) -> Node:
    """Running means told apart by a number for each decay, in the order of the tree."""
    rates: dict[float, int] = {}
    made: dict[int, Node] = {}

    def order(one: Node, seen: set[int]) -> None:
        if id(one) in seen:
            return
        seen.add(id(one))
        if one.rate is not None:
            rates.setdefault(round(one.rate, 9), len(rates) + 1)
        for each in one.children:
            order(each, seen)

    def build(one: Node) -> Node:
        if id(one) not in made:
            label = one.label if one.rate is None else f"{AVERAGE}:{rates[round(one.rate, 9)]}"
            made[id(one)] = Node(label, tuple(map(build, one.children)), one.rate)
        return made[id(one)]

    order(tree, set())
    return build(tree)


def once(tree: Node) -> Node:
    """With what occurs again written where it is nearest to the top, and as a leaf elsewhere.

    A trust ratio is of the update that it scales: to write that a second time is no second idea.
    """
    first: dict[str, int] = {}  # by digest, at which position, breadth first
    positions: dict[tuple[int, ...], int] = {}
    waiting: list[tuple[tuple[int, ...], Node]] = [((), tree)]
    for path, one in waiting:
        if one.size >= _REPEATED:
            positions[path] = len(positions)
            if one.digest in first:
                continue
            first[one.digest] = positions[path]
        waiting.extend(((*path, index), each) for index, each in enumerate(one.children))

    def build(path: tuple[int, ...], one: Node) -> Node:
        if path in positions and first[one.digest] != positions[path]:
            return Node(f"again:{one.digest}")
        children = tuple(build((*path, index), each) for index, each in enumerate(one.children))
        return Node(one.label, children, one.rate)

    return build((), tree)


def stripped(tree: Node) -> Node:
    """Without the parameter where it is only added: nothing else may go with weight decay."""
    bare = {node("p"), node("*", (node("p"),)), node("-*", (node("p"),))}
    made: dict[int, Node] = {}

    def build(one: Node) -> Node:
        if id(one) not in made:
            children = [build(each) for each in one.children]
            if one.label == "+":
                children = [each for each in children if each not in bare]
            alone = one.label == "+" and len(children) == 1
            made[id(one)] = children[0] if alone else node(one.label, children, one.rate)
        return made[id(one)]

    return build(tree)
