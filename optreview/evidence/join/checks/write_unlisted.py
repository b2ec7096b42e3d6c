"""Writes that happen where the source shows none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.join.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.join.beside import Beside
    from optreview.records import Finding

_LASTING = ("parameter", "gradient", "state")


class WriteUnlisted(Check):
    """The run wrote into a parameter, a gradient or state where the reading of the source lists no write.

    Writes into temporaries do not matter and are left out.
    """

    remedy = "Look at the line: a helper with a harmless name may write into its argument."

    def findings(self, beside: Beside) -> Iterator[Finding]:
        """One finding for each place and what was written there."""
        for write in beside.writes:
            if write.role in _LASTING and not beside.sites(write):
                what = f"the state `{write.state_key}`" if write.state_key else _WORDS[write.role]
                message = f"The run wrote into {what} here, which the reading of the source does not list."
                yield self.finding(write.location, message, write.end)


_WORDS = {"parameter": "a parameter", "gradient": "a gradient", "state": "state outside `optimizer.state`"}
