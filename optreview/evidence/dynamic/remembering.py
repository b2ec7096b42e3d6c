"""What AdamW came to before, on the same tensors and under the same versions, so that it is run once.

No reviewed code runs in the child that answers these requests, values are seeded, and the kernels are those
that every processor has: another run would answer the same.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from optreview import versions
from optreview.evidence.dynamic.wire import Problem, Reply

if TYPE_CHECKING:
    from optreview.evidence.dynamic.exchange import Transcript
    from optreview.evidence.dynamic.wire import Reference, ScaleReference, Setup
    from optreview.store import Store

    Asked = Reference | ScaleReference

_read = msgspec.json.Decoder(tuple[Reply, ...])


class Remembered:
    """Answers about AdamW, by request: those of this process, and those that are kept from run to run.

    Attributes:
        device: Where they are measured, once that is known: what an accelerator gave is not kept.

    Args:
        setup: How the template was started.
        store: Where they are kept; None to forget them.
    """

    device: str | None = None

    def __init__(self, setup: Setup, store: Store | None) -> None:
        # Without the box reviewed code could write there; a processor's own kernels are not in the key.
        self._store = store if setup.limits.sandboxed and not setup.native else None
        self._setup = setup
        self._now: dict[Asked, tuple[Reply, ...]] = {}

    def get(self, asked: Asked) -> tuple[Reply, ...] | None:
        """What was answered, if it was."""
        if asked in self._now:
            return self._now[asked]
        store = self._lasting()
        held = store.get(self._key(asked)) if store is not None else None
        if held is None:
            return None
        with suppress(msgspec.MsgspecError):
            self._now[asked] = _read.decode(held)
        return self._now.get(asked)

    def put(self, asked: Asked, transcript: Transcript) -> tuple[Reply, ...]:
        """Remember what was answered, and keep it if nothing went wrong."""
        replies = self._now[asked] = tuple(transcript.replies)
        whole = transcript.ending == "finished" and not any(isinstance(each, Problem) for each in replies)
        store = self._lasting()
        if whole and store is not None:
            store.put(self._key(asked), msgspec.json.encode(replies))
        return replies

    def close(self) -> None:
        """Drop what nobody has asked for in a month."""
        if self._store is not None:
            self._store.close()

    def _lasting(self) -> Store | None:
        return self._store if self.device == "cpu" else None

    def _key(self, asked: Asked) -> str:
        parts = ("adamw", versions.surroundings(), self._setup.limits, asked)
        return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
