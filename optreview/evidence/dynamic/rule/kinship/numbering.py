"""The numbers by which two trees tell their running means apart, so that equal ones have equal numbers."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.tree import AVERAGE, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_START = f"{AVERAGE}:"
#: More decays than these are left with their own numbers: every order of them would be tried.
_MOST = 4

Means = dict[str, set[str]]


def numbered_like(one: Node, other: Node) -> Node:
    """The second tree, its running means numbered so that as many as can be are also the first one's.

    Each tree is numbered by itself from its top: where a running mean is missing in one, those after it would
    seem to have another decay.
    """
    mine, theirs = _means(one), _means(other)
    if not theirs or max(len(mine), len(theirs)) > _MOST:
        return other
    order = max(_orders(mine, theirs), key=lambda each: _shared(mine, theirs, each))  # the first of the best
    return other if all(old == new for old, new in order.items()) else _renumbered(other, order)


def _orders(mine: Means, theirs: Means) -> Iterator[dict[str, str]]:
    numbers = sorted(mine.keys() | theirs.keys(), key=int)
    for some in itertools.permutations(numbers, len(theirs)):
        yield dict(zip(sorted(theirs, key=int), some, strict=True))


def _shared(mine: Means, theirs: Means, order: Mapping[str, str]) -> int:
    return sum(len(of & mine.get(order[number], set())) for number, of in theirs.items())


def _means(tree: Node) -> Means:
    """By number, what there are running means of, numbers inside left out."""
    found: Means = defaultdict(set)
    bare: dict[int, Node] = {}

    def without(one: Node) -> Node:
        if id(one) not in bare:
            label = AVERAGE if one.label.startswith(_START) else one.label
            bare[id(one)] = Node(label, tuple(map(without, one.children)))
            if label != one.label:
                found[one.label.removeprefix(_START)] |= {each.digest for each in bare[id(one)].children}
        return bare[id(one)]

    without(tree)
    return dict(found)


def _renumbered(tree: Node, order: Mapping[str, str]) -> Node:
    made: dict[int, Node] = {}

    def build(one: Node) -> Node:
        if id(one) not in made:
            number = one.label.removeprefix(_START) if one.label.startswith(_START) else None
            label = one.label if number is None else f"{_START}{order[number]}"
            made[id(one)] = Node(label, tuple(map(build, one.children)), one.rate)
        return made[id(one)]

    return build(tree)
