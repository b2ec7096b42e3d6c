"""Values that outlive a function, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.queries import frozen, widened
from optreview.evidence.static.interpreter.values import EMPTY, Value
from optreview.evidence.static.interpreter.watch import EVERY

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator, ValuesView

    from optreview.evidence.static.interpreter.watch import Watch


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
        return key != EVERY and frozen(dict.get(self, key, EMPTY))

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
        self._watch.read(self._name, EVERY)
        return dict.__iter__(self)

    def values(self) -> ValuesView[Value]:  # type: ignore[override]
        """All values."""
        self._watch.read(self._name, EVERY)
        return dict.values(self)

    def items(self) -> ItemsView[str, Value]:  # type: ignore[override]
        """All names and values."""
        self._watch.read(self._name, EVERY)
        return dict.items(self)
