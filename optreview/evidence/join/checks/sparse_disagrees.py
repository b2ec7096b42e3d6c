"""Sparse gradients that fare otherwise than the source says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.join.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.join.beside import Beside
    from optreview.records import Finding, SparseVerdict

#: What a run may come to, by what the source says; a source that does not mention sparse says nothing.
AGREES = {
    "rejected": frozenset({"rejected"}),
    "handled": frozenset({"handled", "differs"}),
}


def agrees(verdict: SparseVerdict, value: object) -> bool | None:
    """Whether a run came to what the source says; None where the source says nothing."""
    if verdict.handling not in AGREES:
        return None
    return value in AGREES[verdict.handling] or (verdict.rejected_when is not None and value == "rejected")


class SparseDisagrees(Check):
    """The source and the run disagree on what becomes of sparse gradients.

    The source was read as rejecting or as handling them; the run with sparse gradients did otherwise. A
    lazy update, which leaves absent rows alone, may differ from the dense one by design.
    """

    severity = "warning"
    remedy = "Reject sparse gradients with a clear error, or handle them on every path."

    def findings(self, beside: Beside) -> Iterator[Finding]:
        """One finding for the class."""
        tried = beside.measured("sparse_gradients")
        verdict = beside.static.sparse
        if tried is None or agrees(verdict, tried.value) is not False:
            return
        place = verdict.locations[0] if verdict.locations else beside.static.subject.location
        note = tried.note.rstrip(".")
        message = f"The source reads as if sparse gradients were {verdict.handling}, but: {note}."
        yield self.finding(place, message)
