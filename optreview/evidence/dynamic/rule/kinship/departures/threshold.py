"""The number that decides between cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed, Departure, ruled
from optreview.evidence.dynamic.rule.kinship.rewriting import everywhere, expressions
from optreview.notation.syntax import Comparison, Name, Number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.notation.syntax import Expression


class Threshold(Departure):
    """Cases are told apart by another number."""

    def variants(self, paper: Subject, code: Subject) -> Iterator[Departed]:
        """Every number that the code compares with, in the place of each of the paper's."""
        lines = paper.rule.lines
        mine = {each.right for each in expressions(code.rule.lines) if isinstance(each, Comparison)}
        theirs = {each for each in expressions(lines) if isinstance(each, Comparison)}
        for asked in sorted(theirs, key=repr):
            for number, told in sorted(_numbers(mine, code)):
                if not isinstance(asked.right, Number) or number == asked.right.value:
                    continue
                other = Comparison(asked.relation, asked.left, Number(number))

                def change(
                    node: Expression, asked: Expression = asked, other: Expression = other
                ) -> Expression | None:
                    return other if node == asked else None

                rule = ruled(everywhere(lines, change))
                if rule is not None:
                    said = f"tells its cases apart at {asked.right.value:g}"
                    yield Departed(rule, said, f"does so at {told}", asks=True)


def _numbers(found: set[Expression], code: Subject) -> Iterator[tuple[float, str]]:
    for each in found:
        if isinstance(each, Number):
            yield each.value, f"{each.value:g}"
        elif isinstance(each, Name) and code.values.get(each.name, -1.0) >= 0:
            yield code.values[each.name], f"{each.name}, which is {code.values[each.name]:g}"
