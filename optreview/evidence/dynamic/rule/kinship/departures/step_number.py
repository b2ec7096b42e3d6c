"""The number of the step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed, Departure, ruled
from optreview.evidence.dynamic.rule.kinship.rewriting import everywhere, line_by_line, one_by_one
from optreview.notation.syntax import Name, Number, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.notation.syntax import Expression


class StepNumber(Departure):
    """Steps are counted from a later or an earlier one."""

    def variants(self, paper: Subject, code: Subject) -> Iterator[Departed]:  # noqa: ARG002
        """One more or less, everywhere, in one line, or in one place."""
        lines = paper.rule.lines
        for sign, told in (("+", "one later"), ("-", "one earlier")):

            def shifted(node: Expression, sign: str = sign) -> Expression | None:
                return Operation(sign, node, Number(1.0)) if node == Name("t") else None  # type: ignore[arg-type]

            ways = (everywhere(lines, shifted), *line_by_line(lines, shifted), *one_by_one(lines, shifted))
            for changed in dict.fromkeys(ways):
                rule = ruled(changed)
                if rule is not None and changed != lines:
                    where = "" if changed == ways[0] else " in a part of its equations"
                    said = f"counts from {told}{where}"
                    yield Departed(rule, "counts the first step as step 1", said, frozenset({"t"}))
