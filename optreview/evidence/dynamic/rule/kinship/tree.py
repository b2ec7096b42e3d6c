"""The normal form of an update: a tree whose nodes are equal when what is below them is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Trees share their branches, so that a size may be astronomic without the memory being so.
_LARGEST = 10_000
#: Operators whose branches have an order.
_ORDERED = frozenset({"matmul", "case", "<", "<=", ">", ">=", "==", "!=", "where", "clamp", "mod"})


@dataclass(frozen=True, eq=False)
class Node:
    """A part of an update.

    Attributes:
        label: ``+``, ``*`` and ``-*`` (a product with a minus), ``^0.5``, ``avg``, or a function.
        rate: Of a running mean, its decay.
    """

    label: str
    children: tuple[Node, ...] = ()
    rate: float | None = None
    digest: str = field(init=False)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        """What it is equal by, and how large it is."""
        text = f"{self.label}({','.join(each.digest for each in self.children)})"
        object.__setattr__(self, "digest", hashlib.blake2b(text.encode(), digest_size=8).hexdigest())
        size = min(_LARGEST, 1 + sum(each.size for each in self.children))
        object.__setattr__(self, "size", size)

    def __eq__(self, other: object) -> bool:
        """Whether both say the same, decays aside."""
        return isinstance(other, Node) and self.digest == other.digest

    def __hash__(self) -> int:
        """Of what it is equal by."""
        return hash(self.digest)


def node(label: str, children: Iterable[Node] = (), rate: float | None = None) -> Node:
    """A node; where order means nothing its branches are sorted."""
    found = tuple(children)
    if label.partition(":")[0] not in _ORDERED:
        found = tuple(sorted(found, key=lambda each: (each.digest, -(each.rate or 0.0))))
    return Node(label, found, rate)


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
            label = one.label if one.rate is None else f"avg:{rates[round(one.rate, 9)]}"
            made[id(one)] = Node(label, tuple(map(build, one.children)), one.rate)
        return made[id(one)]

    order(tree, set())
    return build(tree)


def stripped(tree: Node) -> Node:
    """Without the parameter where it is only added: nothing else may go with weight decay."""
    children = [stripped(each) for each in tree.children]
    if tree.label == "+":
        bare = {node("p"), node("*", (node("p"),)), node("-*", (node("p"),))}
        children = [each for each in children if each not in bare]
        if len(children) == 1:
            return children[0]
    return node(tree.label, children, tree.rate)
