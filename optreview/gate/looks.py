"""Which optimizers files held in earlier runs, so that what has not changed since is not parsed again."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from optreview.evidence.static import Looked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optreview.gate.closure import Closures
    from optreview.records import Target
    from optreview.store import Store


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
                    found[number] = _placed(msgspec.json.decode(held, type=Looked), target)
        return found

    def keep(self, targets: Sequence[Target], seen: Mapping[int, Looked]) -> None:
        """Keep what was seen, but for faults: the next run may find them mended, and they are told anew."""
        for number, looked in seen.items():
            target = targets[number]
            if not _whole(target) or looked.broken is not None or looked.refused is not None:
                continue
            if all(Path(each.target.path).is_relative_to(target.root) for each in looked.found):
                self._store.put(self._key(target), msgspec.json.encode(_unplaced(looked)))

    def _key(self, target: Target) -> str:
        closure = self._closures.of(target)
        places = [os.path.relpath(each, target.root) for each in (target.path, *target.search_path)]
        parts = ("looked", self._program, _unplaced_target(target), places, closure.files, closure.packages)
        return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _whole(target: Target) -> bool:
    """A class that is named is looked for in more files than its own."""
    return target.class_name is None


def _unplaced_target(target: Target) -> Target:
    """A target as it is in any checkout."""
    path = os.path.relpath(target.path, target.root)
    return structs.replace(target, spec="", path=path, root="", search_path=())


def _unplaced(looked: Looked) -> Looked:
    found = tuple(structs.replace(each, target=_unplaced_target(each.target)) for each in looked.found)
    return structs.replace(looked, found=found)


def _placed(looked: Looked, target: Target) -> Looked:
    """What was seen, in the checkout that the target lies in."""
    found = []
    for each in looked.found:
        path = str(Path(target.root, each.target.path))
        place = structs.replace(
            target, path=path, module=each.target.module, class_name=each.target.class_name
        )
        found.append(structs.replace(each, target=place))
    return structs.replace(looked, found=tuple(found))
