"""The classes of many files, found and read by several processes at once, as one would."""

from __future__ import annotations

from optreview.evidence.static.workers.readers import Reader, reader

__all__ = ["Reader", "reader"]
