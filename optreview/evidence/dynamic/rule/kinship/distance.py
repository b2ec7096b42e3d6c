"""How far two updates are apart: the cheapest way to turn one tree into the other, and that way in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.numbering import numbered_like
from optreview.evidence.dynamic.rule.kinship.tree import once
from optreview.evidence.dynamic.rule.kinship.words import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.evidence.dynamic.rule.kinship.tree import Node

#: What another exponent or sign costs, or a running mean with another decay, where a new node is 1.
_AKIN = {"^": 0.5, "avg": 0.3, "*": 0.5}
#: State entries, which are shown whole up to this size.
_STATE, _READABLE = {"avg", "sum", "maximum", "rec"}, 14
#: Trees of more nodes are compared by the nodes that they share.
_WHOLE = 150


@dataclass(frozen=True)
class Change:
    """A part of one tree and what stands for it in the other; None where nothing does."""

    before: Node | None
    after: Node | None


class Alignment:
    """Aligns two trees.

    Args:
        one: The tree to start from.
        other: The tree to reach; its running means are numbered as the first one's, unless that is farther.
        numbered: They keep the numbers that they have.
    """

    def __init__(self, one: Node, other: Node, *, numbered: bool = False) -> None:
        self.one = one
        self.other = other
        self._cost = cache(self._aligned)
        alike = other if numbered else numbered_like(one, other)
        if alike is not other and Alignment(one, alike, numbered=True).distance <= self.distance:
            self.other = alike

    @property
    def distance(self) -> float:
        """From 0, the same, to 1, nothing in common; what is used again counts once."""
        if self.one == self.other and self._rates_fit():
            return 0.0
        one, other = once(self.one), once(self.other)
        most = max(one.size, other.size)
        if most > _WHOLE:
            return _shared(self.one, self.other)
        return round(min(1.0, self._cost(one, other) / most), 3)

    def changes(self) -> tuple[Change, ...]:
        """What is replaced, in the order of the tree; what is only wrapped is shown with its wrapping."""
        if max(self.one.size, self.other.size) > _WHOLE:
            return ()
        return tuple(dict.fromkeys(self._changes(self.one, self.other)))

    def _rates_fit(self) -> bool:
        return written(self.one) == written(self.other)

    def _aligned(self, one: Node, other: Node) -> float:
        if one.label == other.label and one == other and not one.children:
            return 0.0
        best = self._relabelled(one, other)
        for inner in one.children:
            best = min(best, one.size - inner.size + self._cost(inner, other))
        for inner in other.children:
            best = min(best, other.size - inner.size + self._cost(one, inner))
        return best

    def _relabelled(self, one: Node, other: Node) -> float:
        return _relabelling(one.label, other.label) + sum(
            self._pair(a, b) for a, b in self._paired(one.children, other.children)
        )

    def _pair(self, one: Node | None, other: Node | None) -> float:
        if one is None or other is None:
            return float((one or other).size)  # type: ignore[union-attr]
        return self._cost(one, other)

    def _paired(
        self, ones: Sequence[Node], others: Sequence[Node]
    ) -> Iterator[tuple[Node | None, Node | None]]:
        """Each with the one that saves most, the largest saving first."""
        savings = sorted(
            (self._cost(a, b) - a.size - b.size, i, j)
            for i, a in enumerate(ones)
            for j, b in enumerate(others)
        )
        left, right = set(range(len(ones))), set(range(len(others)))
        for saving, i, j in savings:
            if saving < 0 and i in left and j in right:
                left.discard(i)
                right.discard(j)
                yield ones[i], others[j]
        yield from ((ones[i], None) for i in sorted(left))
        yield from ((None, others[j]) for j in sorted(right))

    def _changes(self, one: Node, other: Node) -> Iterator[Change]:
        cost = self._cost(one, other)
        if cost == 0:
            return
        own = _relabelling(one.label, other.label)
        kind = one.label.partition(":")[0]
        if kind in _STATE and one.label == other.label and max(one.size, other.size) <= _READABLE:
            yield Change(one, other)
            return
        pairs = list(self._paired(one.children, other.children))
        bare = any(a is None or b is None for a, b in pairs)
        if cost < self._relabelled(one, other) or own or (bare and one.label not in {"+", "*", "-*"}):
            yield Change(one, other)
            return
        if bare and not any(a == b for a, b in pairs if a is not None) and one.size < 2 * cost:
            yield Change(one, other)
            return
        for a, b in pairs:
            if a is None or b is None:
                yield Change(a, b)
            else:
                yield from self._changes(a, b)


def _relabelling(one: str, other: str) -> float:
    if one == other:
        return 0.0
    for start, cost in _AKIN.items():
        if one.lstrip("-").startswith(start) and other.lstrip("-").startswith(start):
            return cost
    return 1.0


def _shared(one: Node, other: Node) -> float:
    parts, others = _parts(one), _parts(other)
    return round(1 - len(parts & others) / max(len(parts), len(others)), 3)


def _parts(tree: Node) -> set[str]:
    found: set[str] = set()
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if one.digest not in found:
            found.add(one.digest)
            waiting.extend(one.children)
    return found
