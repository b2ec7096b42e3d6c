"""A folder of answers by key, each whole or not there; a store that cannot be used holds nothing.

Only this process writes it, never the box that reviewed code runs in, which cannot even read it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path

from optreview import disk

#: Seconds after which an entry that nobody has asked for is dropped.
_KEPT = 30 * 24 * 3600
#: Rights of others, who could put in what was never found out.
_OTHERS = 0o022


def folder(contents: str) -> Path | None:
    """Where caches of this user lie, as the XDG base directories say; None where there is no such place."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(named) if Path(named).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base / "optreview" / contents


class Store:
    """Bytes by key, from one run to the next.

    Args:
        place: Its folder, which is made when something is kept; None to keep nothing.
    """

    def __init__(self, place: Path | None) -> None:
        self._place = place if place is not None and _own(place) else None
        self._wrote = False

    def get(self, key: str) -> bytes | None:
        """What was kept, if all of it is still there."""
        if self._place is None:
            return None
        path = self._file(self._place, key)
        try:
            digest, _, payload = path.read_bytes().partition(b"\n")
            if digest != _digest(payload):
                return None
            os.utime(path)
        except OSError:
            return None
        return payload

    def put(self, key: str, payload: bytes) -> None:
        """Keep something; a full disk, or one that cannot be written, costs time only."""
        if self._place is None:
            return
        path = self._file(self._place, key)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            disk.write_atomically(path, _digest(payload) + b"\n" + payload, 0o600)
            self._wrote = True

    def close(self) -> None:
        """Drop what nobody has asked for in a month."""
        if not self._wrote or self._place is None:
            return
        oldest = time.time() - _KEPT
        for path in self._place.glob("*/*"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < oldest:
                    path.unlink()

    @staticmethod
    def _file(place: Path, key: str) -> Path:
        return place / key[:2] / f"{key}.json"


def _own(place: Path) -> bool:
    """Whether nobody else can write where it lies, or it is not there yet."""
    try:
        status = next(each for each in (place, *place.parents) if each.exists()).stat()
    except OSError:
        return False
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & _OTHERS)


def _digest(payload: bytes) -> bytes:
    return hashlib.sha256(payload).hexdigest().encode()
