"""Corrections for the start at zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed, Departure, ruled
from optreview.evidence.dynamic.rule.kinship.rewriting import everywhere, expressions
from optreview.notation.syntax import Average, Name, Number, Operation, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.kinship.rewriting import Lines
    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.notation.syntax import Expression, Statement


class BiasCorrection(Departure):
    """A running mean is not corrected for its start at zero, or is though the paper does not."""

    def variants(self, paper: Subject, code: Subject) -> Iterator[Departed]:  # noqa: ARG002
        """Each correction left out, all of them, and each mean corrected that is not."""
        lines = paper.rule.lines
        shares = {each for each in expressions(lines) if _decay(each) is not None}
        for chosen in ([one] for one in sorted(shares, key=repr)):
            yield from self._left_out(paper, chosen)
        if len(shares) > 1:
            yield from self._left_out(paper, sorted(shares, key=repr))
        decays = {each.name for line in lines for each in _decays(line)}
        for index, line in enumerate(lines):
            if isinstance(line, Update) and line.name != "p":
                for name in sorted(decays):
                    yield from self._put_in(lines, index, Name(line.name, new=True), name)

    @staticmethod
    def _put_in(lines: Lines, index: int, read: Name, decay: str) -> Iterator[Departed]:
        share = Operation("-", Number(1.0), Operation("^", Name(decay), Name("t")))
        hat = Operation("/", read, share)
        rest = everywhere(lines[index + 1 :], lambda node: hat if node == read else None)
        rule = ruled((*lines[: index + 1], *rest))
        if rule is not None and rest != lines[index + 1 :]:
            said = f"does not correct {read.name} for its start at zero"
            yield Departed(rule, said, f"divides it by 1 - {decay}^t", frozenset({"t", decay}))

    def _left_out(self, paper: Subject, shares: list[Expression]) -> Iterator[Departed]:
        rule = ruled(everywhere(paper.rule.lines, lambda node: Number(1.0) if node in shares else None))
        if rule is not None:
            told = " and ".join(sorted({f"1 - {_decay(each)}^t" for each in shares}))
            yield Departed(rule, f"corrects for the start at zero by {told}", "does not", frozenset({"p"}))


def _decays(line: Statement) -> Iterator[Name]:
    """The decay of a running mean, where that has a name."""
    if isinstance(line, Update) and isinstance(line.value, Average) and isinstance(line.value.decay, Name):
        yield line.value.decay


def _decay(node: Expression) -> str | None:
    """The name of a decay, where one minus its power with the number of the step stands."""
    if isinstance(node, Operation) and node.operator == "-" and node.left == Number(1.0):
        power = node.right
        if isinstance(power, Operation) and power.operator == "^" and power.right == Name("t"):
            return power.left.name if isinstance(power.left, Name) else None
    return None
