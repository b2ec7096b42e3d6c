"""What was measured before, by everything that it depends on: sources, versions, limits and optreview itself.

What cannot be read back whole is measured again.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from optreview import versions
from optreview.gate.closure import Closures
from optreview.gate.looks import Looks
from optreview.records import Failure
from optreview.records.baseline import Gauged
from optreview.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.evidence.dynamic.wire import Limits
    from optreview.records import Target

#: Failures that another run would meet again; time, memory and crashes hang on the machine and its load.
_LASTING = frozenset({"not-driven", "build-failed"})
#: Those that it would meet again on a like machine: the limit is in the key, the machine beside the answer.
_LASTING_HERE = frozenset({"oversized"})

Answer = Gauged | Failure


class Cache:
    """Answers of earlier runs; a cache that cannot be used holds nothing.

    Args:
        place: The folder of what was measured, beside which one for what was read of sources lies; both are
            made when something is kept. None to keep only what this process measures.
        limits: Those of the runs.
    """

    def __init__(self, place: Path | None, limits: Limits) -> None:
        self._store = Store(place)
        self._limits = limits
        self._sources = Store(place.with_name("read") if place is not None else None)
        self._closures = Closures(self._sources, versions.program())
        self.looks = Looks(self._sources, self._closures, versions.program())
        self._now: dict[str, Answer] = {}

    def key(self, target: Target, wanted: object = None) -> str:
        """What tells this class in this state, and what is ``wanted`` of it, from all others."""
        closure = self._closures.of(target)
        parts = [
            self._surroundings,
            (target.module, target.class_name, target.lone),
            closure.files,
            closure.packages,
            wanted,
        ]
        return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()

    def get(self, key: str) -> Answer | None:
        """What was measured, if it was."""
        if key not in self._now:
            held = self._store.get(key)
            found = None if held is None else _read(held)
            if found is None:
                return None
            self._now[key] = found
        return self._now[key]

    def put(self, key: str, answer: Answer) -> None:
        """Keep what was measured, if another run would find the same."""
        kinds = {each.kind for each in _failures(answer)}
        if kinds - _LASTING - _LASTING_HERE:
            return
        self._now[key] = answer
        kind = "failure" if isinstance(answer, Failure) else "evidence"
        where = _machine() if kinds & _LASTING_HERE else None
        self._store.put(key, msgspec.json.encode((kind, where, answer)))

    def close(self) -> None:
        """Drop what nobody has asked for in a month."""
        self._store.close()
        self._sources.close()

    @cached_property
    def _surroundings(self) -> dict[str, object]:
        """What all classes depend on."""
        return {**versions.surroundings(), "limits": self._limits}


def _failures(answer: Answer) -> tuple[Failure, ...]:
    return (answer,) if isinstance(answer, Failure) else answer.evidence.failures


def _read(held: bytes) -> Answer | None:
    """The answer that was kept, unless another machine might give another one."""
    try:
        kind, where, raw = msgspec.json.decode(held, type=tuple[str, dict[str, int] | None, msgspec.Raw])
        if where is not None and where != _machine():
            return None
        if kind == "failure":
            return msgspec.json.decode(raw, type=Failure)
        return msgspec.json.decode(raw, type=Gauged)
    except msgspec.MsgspecError:
        return None


def _machine() -> dict[str, int]:
    """What decides beside the limits which requests for memory are refused.

    The system refuses at once what it could never give, and each processor may take address space of its own.
    """
    pages = os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return {"pages": pages, "page": mmap.PAGESIZE, "processors": os.cpu_count() or 1}
