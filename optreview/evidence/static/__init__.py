"""Facts read from the source with libcst; torch is never imported."""

from __future__ import annotations

from optreview.evidence.static.discover import Broken, Candidate, Discovery, Skipped, discover, survey
from optreview.evidence.static.evidence import Inspection, inspect, read

__all__ = [
    "Broken",
    "Candidate",
    "Discovery",
    "Inspection",
    "Skipped",
    "discover",
    "inspect",
    "read",
    "survey",
]
