"""Facts read from the source with libcst; torch is never imported."""

from __future__ import annotations

from optreview.evidence.static.discover import Candidate, Discovery, discover, survey
from optreview.evidence.static.evidence import Inspection, Sheet, inspect, read
from optreview.evidence.static.look import Broken, Skipped
from optreview.evidence.static.workers import Reader, reader

__all__ = [
    "Broken",
    "Candidate",
    "Discovery",
    "Inspection",
    "Reader",
    "Sheet",
    "Skipped",
    "discover",
    "inspect",
    "read",
    "reader",
    "survey",
]
