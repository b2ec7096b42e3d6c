"""Cases in which nothing is done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed, Departure, ruled
from optreview.notation.printer import expression
from optreview.notation.syntax import Branch, Name, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.kinship.subject import Subject


class CaseWithoutStep(Departure):
    """In one of the paper's cases the weights stay where they are."""

    def variants(self, paper: Subject, code: Subject) -> Iterator[Departed]:  # noqa: ARG002
        """Each side of each case."""
        lines = paper.rule.lines
        stay = Update("p", Name("p"))
        for index, line in enumerate(lines):
            if isinstance(line, Branch):
                asked = expression(line.condition)
                for other, told in (
                    (replace(line, otherwise=(stay,)), f"unless {asked}"),
                    (replace(line, then=(stay,)), f"if {asked}"),
                ):
                    rule = ruled((*lines[:index], other, *lines[index + 1 :]))
                    if rule is not None:
                        yield Departed(
                            rule,
                            f"takes a step {told}",
                            "leaves the weights where they are",
                            asks=True,
                        )
