"""What was found out about a class, kept for the next time: a run takes long, a report does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from optreview.records.common import Record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Found = TypeVar("Found", bound=Record)


def found(keep: Path | None, name: str, kind: type[Found], find: Callable[[], Found] | None) -> Found | None:
    """What was kept of a class; else what ``find`` gives, which is kept then; None where there is neither."""
    path = None if keep is None else keep / f"{name.replace(':', '.')}.json"
    if path is not None and path.exists():
        return msgspec.json.decode(path.read_bytes(), type=kind)
    if find is None:
        return None
    made = find()
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(made))
    return made
