"""What was measured before, by everything that it depends on: sources, versions, limits and optreview itself.

Only this process writes it, never the box that reviewed code runs in, which cannot even read it. What cannot
be read back whole is measured again.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import platform
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import optreview
from optreview.gate.closure import ABSENT, Closures
from optreview.records import DynamicEvidence, Failure
from optreview.report import disk

if TYPE_CHECKING:
    from optreview.evidence.dynamic.wire import Limits
    from optreview.records import Target

#: Packages that torch itself uses where they are there.
_OPTIONAL = ("numpy", "opt_einsum")
#: Failures that another run would meet again; time, memory and crashes hang on the machine and its load.
_LASTING = frozenset({"not-driven", "build-failed"})
#: Seconds after which an entry that nobody has asked for is dropped.
_KEPT = 30 * 24 * 3600
#: Rights of others, who could put in what was never measured.
_OTHERS = 0o022

Answer = DynamicEvidence | Failure


def folder() -> Path | None:
    """Where caches of this user lie, as the XDG base directories say; None where there is no such place."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(named) if Path(named).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base / optreview.__name__ / "measured"


class Cache:
    """Answers of earlier runs; a cache that cannot be used holds nothing.

    Args:
        place: Its folder, which is made when something is kept; None to keep only what this process measures.
        limits: Those of the runs.
    """

    def __init__(self, place: Path | None, limits: Limits) -> None:
        self._place = place if place is not None and _own(place) else None
        self._limits = limits
        self._closures = Closures()
        self._now: dict[str, Answer] = {}
        self._wrote = False

    def key(self, target: Target) -> str:
        """What tells this class in this state from all others."""
        closure = self._closures.of(target)
        parts = [
            self._surroundings,
            (target.module, target.class_name, target.lone),
            closure.files,
            closure.packages,
        ]
        return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()

    def get(self, key: str) -> Answer | None:
        """What was measured, if it was."""
        if key not in self._now and self._place is not None:
            found = _read(self._file(key))
            if found is None:
                return None
            self._now[key] = found
        return self._now.get(key)

    def put(self, key: str, answer: Answer) -> None:
        """Keep what was measured, if another run would find the same."""
        failures = (answer,) if isinstance(answer, Failure) else answer.failures
        if any(each.kind not in _LASTING for each in failures):
            return
        self._now[key] = answer
        if self._place is None:
            return
        payload = msgspec.json.encode(("failure" if isinstance(answer, Failure) else "evidence", answer))
        with contextlib.suppress(OSError):  # a full disk or one that cannot be written costs time only
            self._file(key).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            disk.write_atomically(self._file(key), _digest(payload) + b"\n" + payload, 0o600)
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

    def _file(self, key: str) -> Path:
        return (self._place or Path()) / key[:2] / f"{key}.json"

    @cached_property
    def _surroundings(self) -> dict[str, object]:
        """What all classes depend on."""
        return {
            "optreview": _self(),
            "python": platform.python_version(),
            "torch": _version("torch"),
            "optional": [_version(each) for each in _OPTIONAL],
            "system": (platform.system(), platform.machine()),
            "limits": self._limits,
        }


def _own(place: Path) -> bool:
    """Whether nobody else can write where it lies, or it is not there yet."""
    try:
        status = next(each for each in (place, *place.parents) if each.exists()).stat()
    except OSError:
        return False
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & _OTHERS)


def _read(path: Path) -> Answer | None:
    try:
        content = path.read_bytes()
        digest, _, payload = content.partition(b"\n")
        if digest != _digest(payload):
            return None
        kind, raw = msgspec.json.decode(payload, type=tuple[str, msgspec.Raw])
        os.utime(path)
        if kind == "failure":
            return msgspec.json.decode(raw, type=Failure)
        return msgspec.json.decode(raw, type=DynamicEvidence)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def _digest(payload: bytes) -> bytes:
    return hashlib.sha256(payload).hexdigest().encode()


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ABSENT


def _self() -> str:
    """A digest of optreview's own code: figures of another one may be others."""
    root = Path(optreview.__file__).parent
    whole = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        whole.update(path.read_bytes())
    return whole.hexdigest()
