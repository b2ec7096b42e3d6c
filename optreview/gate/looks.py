"""Which optimizers files held in earlier runs, so that what has not changed since is not parsed again."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

import msgspec

from optreview.evidence.static import Looked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optreview.gate.closure import Closures
    from optreview.gate.store import Store
    from optreview.records import Target


class Looks:
    """What looking at files has shown, by all that they import.

    Args:
        store: Where it is kept.
        closures: Tells what a file imports.
        program: What tells this optreview and this Python from others.
    """

    def __init__(self, store: Store, closures: Closures, program: Sequence[str]) -> None:
        self._store = store
        self._closures = closures
        self._program = tuple(program)

    def known(self, targets: Sequence[Target]) -> dict[int, Looked]:
        """Those of the targets that were looked at before, by their number."""
        found = {}
        for number, target in enumerate(targets):
            held = self._store.get(self._key(target)) if _whole(target) else None
            if held is not None:
                with contextlib.suppress(msgspec.MsgspecError):
                    found[number] = msgspec.json.decode(held, type=Looked)
        return found

    def keep(self, targets: Sequence[Target], seen: Mapping[int, Looked]) -> None:
        """Keep what was seen, but for faults: the next run may find them mended, and they are told anew."""
        for number, looked in seen.items():
            if _whole(targets[number]) and looked.broken is None and looked.refused is None:
                self._store.put(self._key(targets[number]), msgspec.json.encode(looked))

    def _key(self, target: Target) -> str:
        closure = self._closures.of(target)
        parts = ("looked", self._program, target, closure.files, closure.packages)
        return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _whole(target: Target) -> bool:
    """A class that is named is looked for in more files than its own."""
    return target.class_name is None
