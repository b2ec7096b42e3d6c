"""Facts read from the source with libcst; torch is never imported."""

from __future__ import annotations

from optreview.evidence.static.discover import Candidate, Discovery, discover, survey
from optreview.evidence.static.evidence import Extent, Inspection, Sheet, extent, inspect, read
from optreview.evidence.static.look import Broken, Looked, Skipped
from optreview.evidence.static.workers import Reader, reader

__all__ = [
    "Broken",
    "Candidate",
    "Discovery",
    "Extent",
    "Inspection",
    "Looked",
    "Reader",
    "Sheet",
    "Skipped",
    "discover",
    "extent",
    "inspect",
    "read",
    "reader",
    "survey",
]
