"""Reads from device to host that the source does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.join.beside import same_place
from optreview.evidence.join.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.join.beside import Beside
    from optreview.records import Finding, Observation


class HostReadUnlisted(Check):
    """The run read a tensor's value into Python at a place that no finding names.

    On a GPU such a read waits until everything queued before it has run. It hides in shapes that depend on
    values (`t[mask]`, `torch.nonzero`), in a tensor given where a number is asked for, and in library calls.

    Tensors that stay on the CPU whatever the parameters' device, as step counters do, are left out.
    """

    severity = "warning"
    effort = "medium"
    remedy = "Keep the value in a tensor, or choose with `torch.where`."
    settles = ("host_sync", "tensor_as_number")

    def findings(self, beside: Beside) -> Iterator[Finding]:
        """One finding for each place; none where the rules that look for them did not run."""
        if not set(self.settles) <= set(beside.static.rules):
            return
        named = [f for f in beside.static.findings if f.rule in self.settles]
        for read in beside.reads:
            if not any(same_place(f.location, f.end, read) for f in named):
                message = "The run read a tensor's value into Python here, which no finding names."
                yield self.finding(read.location, message, read.end)

    def shows(self, observation: Observation) -> bool:
        """A read from device to host."""
        return observation.kind == "host-read"
