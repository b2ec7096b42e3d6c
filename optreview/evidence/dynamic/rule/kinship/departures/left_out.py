"""Parts of the paper's formulas that are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed, Departure, ruled
from optreview.evidence.dynamic.rule.kinship.rewriting import expressions, names_in, swapped
from optreview.notation.printer import expression
from optreview.notation.syntax import Call, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.notation.syntax import Expression

_DOES = {"*": "multiplies", "/": "divides", "+": "adds", "-": "subtracts"}
_TO = {"+": "to", "-": "from"}
_BOUNDS = {"max", "min", "clamp"}
#: Longer ones are not what somebody forgets.
_LONGEST, _SHOWN = 90, 30


class LeftOut(Departure):
    """A factor, a term or a bound of the paper's is left out."""

    rank = 1

    def variants(self, paper: Subject, code: Subject) -> Iterator[Departed]:  # noqa: ARG002
        """Each of them, wherever it stands."""
        lines = paper.rule.lines
        for whole in dict.fromkeys(expressions(lines)):
            for kept, does, instead in _parts(whole, paper.tiny):
                if len(does) > _LONGEST:
                    continue
                rule = ruled(swapped(lines, whole, kept))
                if rule is not None and rule != paper.rule:
                    reads = frozenset(f"{each.name}'" if each.new else each.name for each in names_in(kept))
                    yield Departed(rule, does, instead, reads or frozenset({"p"}))


def _parts(whole: Expression, tiny: frozenset[str]) -> Iterator[tuple[Expression, str, str]]:
    """What is left, and in words what the paper does and what is done instead."""
    if isinstance(whole, Operation) and whole.operator in _DOES:
        sides = [(whole.left, whole.right)]
        sides += [(whole.right, whole.left)] if whole.operator in "*+" else []
        for kept, part in sides:
            if {each.name for each in names_in(part)} - tiny:
                yield kept, _said(whole.operator, expression(kept), expression(part)), "does not"
    elif isinstance(whole, Call) and whole.function in _BOUNDS and len(whole.arguments) > 1:
        for kept in whole.arguments:
            yield kept, f"takes {expression(whole)}", f"takes {expression(kept)}"


def _said(operator: str, kept: str, part: str) -> str:
    """What it is done to only where that is short."""
    does, shown = _DOES[operator], len(kept) <= _SHOWN
    if operator in _TO:
        return f"{does} {part} {_TO[operator]} {kept}" if shown else f"{does} {part}"
    return f"{does} {kept} by {part}" if shown else f"{does} by {part}"
