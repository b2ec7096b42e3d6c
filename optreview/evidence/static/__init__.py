"""Facts read from the source with libcst; torch is never imported."""

from __future__ import annotations

from optreview.evidence.static.discover import Candidate, Discovery, Skipped, discover
from optreview.evidence.static.evidence import read

__all__ = ["Candidate", "Discovery", "Skipped", "discover", "read"]
