"""What every message is."""

from __future__ import annotations

from optreview.records.common import Record


class Message(Record, frozen=True, kw_only=True, tag=True):
    """A record with its name in it, so that its reader knows which it is."""
