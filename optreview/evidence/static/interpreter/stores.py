"""Values that outlive a function, and who has read them: what nobody reads anew need not be computed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.values import EMPTY, Value, frozen, widened

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator, ValuesView

#: Stands for all keys of a store; no source writes a key so.
_EVERY = "\0"
#: Store and key, and how often its value had changed when it was first read.
Reads = dict[tuple[str, str], int]


class Watch:
    """Notes which stored values a stretch of interpretation read.

    Attributes:
        reads: What was read since the stretch began.
        version: Changes of containers so far; who reads which of them is not told apart.
        escaped: Containers that were stored so far, and may be changed from elsewhere.
    """

    def __init__(self) -> None:
        self.reads: Reads = {}
        self.version = 0
        self.escaped = 0
        self._versions: Reads = {}

    def read(self, store: str, key: str) -> None:
        """Somebody reads a stored value."""
        place = (store, key)
        if place not in self.reads:
            self.reads[place] = self._versions.get(place, 0)

    def changed(self, store: str, key: str) -> None:
        """A stored value changed: who has read it would now see another."""
        for each in ((store, key), (store, _EVERY)):
            self._versions[each] = self._versions.get(each, 0) + 1

    def current(self, reads: Reads, version: int) -> bool:
        """Whether reading the same again, containers included, would give the same."""
        if version != self.version:
            return False
        versions = self._versions
        return all(versions.get(place, 0) == seen for place, seen in reads.items())

    def read_again(self, reads: Reads) -> None:
        """The stretch does what another one did, and so reads what that one read."""
        if self.reads:
            earlier = dict(self.reads)
            self.reads.update(reads)
            self.reads.update(earlier)
        else:
            self.reads.update(reads)


class Store(dict[str, Value]):
    """Named values, each the join of all that was ever stored under its name."""

    def __init__(self, name: str, watch: Watch) -> None:
        super().__init__()
        self._name = name
        self._watch = watch

    def widen(self, key: str, value: Value) -> None:
        """Add alternatives to a value."""
        if not frozen(value):
            self._watch.escaped += 1
        before = dict.get(self, key, EMPTY)
        after = widened(before, value)
        if after != before:
            self[key] = after
            self._watch.changed(self._name, key)

    def frozen(self, key: str) -> bool:
        """Whether what stands under a key holds nothing that can change; looking is no reading."""
        return key != _EVERY and frozen(dict.get(self, key, EMPTY))

    def get(self, key: str, default: Value | None = None) -> Value | None:  # type: ignore[override]
        """The value of a key."""
        self._watch.read(self._name, key)
        return dict.get(self, key, default)

    def __getitem__(self, key: str) -> Value:
        self._watch.read(self._name, key)
        return dict.__getitem__(self, key)

    def __contains__(self, key: object) -> bool:
        self._watch.read(self._name, str(key))
        return dict.__contains__(self, key)

    def __iter__(self) -> Iterator[str]:
        self._watch.read(self._name, _EVERY)
        return dict.__iter__(self)

    def values(self) -> ValuesView[Value]:  # type: ignore[override]
        """All values."""
        self._watch.read(self._name, _EVERY)
        return dict.values(self)

    def items(self) -> ItemsView[str, Value]:  # type: ignore[override]
        """All names and values."""
        self._watch.read(self._name, _EVERY)
        return dict.items(self)
