"""State that a run keeps and no line explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.join.beside import matches
from optreview.evidence.join.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.join.beside import Beside
    from optreview.records import Finding


class StateUnexplained(Check):
    """The run kept state under a key that the reading of the source does not list.

    State that the reading cannot find is hard to find for people too: it is written through a computed
    name, by a helper far away, or by code outside of the package.

    What another optimizer keeps, one that the reviewed class drives, is not counted.
    """

    remedy = "Write the key as a literal where the state is created."

    def findings(self, beside: Beside) -> Iterator[Finding]:
        """One finding for each such key."""
        patterns = [buffer.key for buffer in beside.static.state_buffers]
        reported = set()
        for trace in beside.traces:
            for kept in trace.state:
                known = any(matches(pattern, kept.key) for pattern in patterns)
                if known or kept.inherited or kept.key in reported:
                    continue
                reported.add(kept.key)
                place = kept.created or beside.static.subject.location
                message = (
                    f"The run kept `{kept.key}` in the state, which the reading of the source does not list."
                )
                yield self.finding(place, message)
