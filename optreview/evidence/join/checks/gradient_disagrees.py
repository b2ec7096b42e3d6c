"""Gradients that change where no line says so, or do not where one does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.join.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.join.beside import Beside
    from optreview.records import Finding, Observation


class GradientDisagrees(Check):
    """The source and the run disagree on whether the gradients are changed.

    Either the gradients differed after a step of the traced run and no line is read as a write into one, or
    a line that is read as one on every path ran and wrote into something else.
    """

    severity = "warning"
    remedy = "Look at what the gradient shares its memory with."
    settles = ("gradient_mutated",)

    def findings(self, beside: Beside) -> Iterator[Finding]:
        """One finding for the class, or one for each line."""
        sites = [site for site in beside.static.in_place_sites if site.role == "gradient"]
        if not sites and any(trace.gradients_mutated for trace in beside.traces):
            message = "A step changed the gradients, but no line of the source reads as a write into one."
            yield self.finding(beside.static.subject.location, message)
        for site in sites:
            if site.certain and beside.verdict(site.location, site.end, self.shows) == "not-seen":
                message = (
                    f"`{site.expression}` reads as a write into a gradient, but the run wrote into none here."
                )
                yield self.finding(site.location, message, site.end)

    def shows(self, observation: Observation) -> bool:
        """A write into a gradient."""
        return observation.kind == "in-place" and observation.role == "gradient"
