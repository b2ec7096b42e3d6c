"""Lists and dictionaries: what they hold is looked at and widened through them, so that both are noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.values import EMPTY, Const, Size, Value, join
from optreview.evidence.static.interpreter.watch import Watched

if TYPE_CHECKING:
    from collections.abc import Iterable


_ONE: Value = frozenset({Const(1)})


class Sequence(Watched):
    """A list, tuple, set or generator: elements by index while they are known, else their join.

    Attributes:
        appended: Index of the element that each call of ``append`` outside of loops added.
        depth: Number of loops around the place that made it.
        star: Index in ``items`` before which ``rest`` stands.
        key: The state key under which it is kept: what is added to it belongs to the state.
    """

    __slots__ = ("_items", "_rest", "_shape", "_whole", "appended", "depth", "key", "star")

    def __init__(
        self,
        items: list[Value] | None,
        rest: Value = frozenset(),
        *,
        depth: int = 0,
        star: int | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__()
        self._items, self._rest = items, rest
        self._whole: Size | None = None
        self._shape: Size | None = None
        self.appended: dict[object, int] = {}
        self.depth, self.star, self.key = depth, star, key

    @classmethod
    def extents(cls, size: Size, each: Value) -> Sequence:
        """The shape of a tensor as a list."""
        made = cls(None, each)
        made._whole = made._shape = size
        return made

    def __repr__(self) -> str:
        return "Sequence()"

    @property
    def items(self) -> list[Value] | None:
        """The elements by index, or None; nobody but this class changes them."""
        self.look()
        return self._items

    @property
    def rest(self) -> Value:
        """The join of the elements whose index is unknown."""
        self.look()
        return self._rest

    @property
    def shape(self) -> Size | None:
        """The size of what is made by this list of extents; None where no tensor's shape went into it.

        One that is set to 1 leaves a row or a column, and nobody knows what another change leaves.
        """
        self.look()
        return self._shape

    def alternatives(self) -> Value:
        """What the elements can be, however much that is."""
        self.look()
        return self._rest.union(*(self._items or ()))

    def element(self) -> Value:
        """The join of all elements."""
        self.look()
        return join(*(self._items or ()), self._rest)

    def at(self, index: int) -> Value:
        """The element at a known index."""
        items = self.items or []
        if -len(items) <= index < len(items):
            return items[index]
        return self._rest or self.element()

    def take(self, value: Value) -> None:
        """Add alternatives to the elements whose index is unknown."""
        before = self._rest, self._shape
        self._rest = join(self._rest, value)
        if self._shape is not None:
            self._shape = "partial" if value == _ONE and self._shape != "unknown" else "unknown"
        self.touch(changed=(self._rest, self._shape) != before)

    def same_extents(self, made: Sequence) -> bool:
        """Whether another was the same list of extents before any of them was changed."""
        return self._whole is not None and self._whole == made._whole and made.rest <= self.rest

    def shorten(self) -> None:
        """An element was taken out; what the others can be stays."""
        if self._shape is not None:
            self.take(EMPTY)

    def widen(self, index: int, value: Value) -> None:
        """Add alternatives to the element at a known index."""
        assert self._items is not None
        before, after = self._items[index], join(self._items[index], value)
        self._items[index] = after
        self.touch(changed=after != before)

    def refresh(self, items: list[Value], rest: Value) -> list[Value]:
        """Widen by what the same display gives now; what it could not place by index."""
        same = len(self._items or ()) - len(self.appended) == len(items)
        for index, value in enumerate(items if same else ()):
            self.widen(index, value)
        return [value for value in ([rest] if same else [rest, *items]) if value]

    def append(self, value: Value, place: object) -> bool:
        """Add an element at an index that belongs to the place of the call; False where there is none."""
        if self._items is None or self._rest:
            return False
        if place not in self.appended:
            self.appended[place] = len(self._items)
            self._items.append(EMPTY)
        self.widen(self.appended[place], value)
        return True


class Row(Sequence):
    """A tuple or list that a table makes and nobody changes: two with the same elements are the same."""

    __slots__ = ()

    def look(self) -> None:
        """It never changes."""

    def __eq__(self, other: object) -> bool:
        return type(other) is Row and self._items == other._items and self._rest == other._rest

    def __hash__(self) -> int:
        return hash((None if self._items is None else tuple(self._items), self._rest))


Key = str | int | float | bool | None


class Mapping(Watched):
    """A dictionary: values by constant key, and the join of those under unknown keys.

    Attributes:
        key: The state key under which it is kept: what is added to it belongs to the state.
    """

    __slots__ = ("_entries", "_grown", "_rest", "key")

    def __init__(
        self, entries: Iterable[tuple[Key, Value]] = (), rest: Value = frozenset(), key: str | None = None
    ) -> None:
        super().__init__()
        self._entries: dict[Key, Value] = dict(entries)
        self._rest, self.key = rest, key
        self._grown = False

    def __repr__(self) -> str:
        return "Mapping()"

    @property
    def entries(self) -> dict[Key, Value]:
        """The values by key; nobody but this class changes them."""
        self.look()
        return self._entries

    @property
    def rest(self) -> Value:
        """The join of the values under unknown keys."""
        self.look()
        return self._rest

    @property
    def grown(self) -> bool:
        """Whether entries were added after it was made."""
        self.look()
        return self._grown

    def alternatives(self) -> Value:
        """What the values can be, however much that is."""
        self.look()
        return self._rest.union(*self._entries.values())

    def element(self) -> Value:
        """The join of all values."""
        self.look()
        return join(*self._entries.values(), self._rest)

    def take(self, value: Value) -> None:
        """Add alternatives to the values under unknown keys."""
        before, self._rest = self._rest, join(self._rest, value)
        self.touch(changed=self._rest != before or not self._grown)
        self._grown = True

    def widen(self, key: Key, value: Value) -> None:
        """Add alternatives to the value under a key."""
        before = self._entries.get(key, EMPTY)
        self._entries[key] = join(before, value)
        self.touch(changed=self._entries[key] != before or not self._grown)
        self._grown = True


#: Asking for the type itself is several times faster than ``isinstance``; these have no other subclasses.
HOLDING = frozenset({Sequence, Row, Mapping})
