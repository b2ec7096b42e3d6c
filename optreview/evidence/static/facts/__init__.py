"""Facts distilled from a reading, one subject a file: each is a pure function over ``Reading``."""

from __future__ import annotations

from optreview.evidence.static.facts.hyperparameters import hyperparameters, validations
from optreview.evidence.static.facts.in_place import in_place_sites
from optreview.evidence.static.facts.sparse import sparse_verdict
from optreview.evidence.static.facts.state import state_buffers
from optreview.evidence.static.facts.workings import workings

__all__ = ["hyperparameters", "in_place_sites", "sparse_verdict", "state_buffers", "validations", "workings"]
