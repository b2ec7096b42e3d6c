"""State that the source promises and no run keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.join.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.join.beside import Beside
    from optreview.records import Finding


class BufferNeverAppeared(Check):
    """The source shows a buffer without a condition, and no run kept it.

    The reading of the source found a write into `self.state[p]` that depends on no option, but neither the
    measured runs nor the traced one had that key. Either the line depends on something that the reading did
    not see, or it is never reached.
    """

    remedy = "Look whether the line can be reached; if not, remove it."

    def findings(self, beside: Beside) -> Iterator[Finding]:
        """One finding for each such buffer."""
        for buffer in beside.static.state_buffers:
            if buffer.gate is not None or beside.kept(buffer.key):
                continue
            ran = any(beside.ran(site) for site in buffer.sites)
            how = "although a line that writes it ran" if ran else "and no line that writes it ran"
            message = f"The source keeps `{buffer.key}` on no condition, but no run did, {how}."
            yield self.finding(buffer.sites[0], message, confidence="certain" if ran else "likely")
