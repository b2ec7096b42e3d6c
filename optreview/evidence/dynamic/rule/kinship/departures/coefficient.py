"""Numbers of the paper's that are computed, and are a hyperparameter in the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed, Departure, ruled
from optreview.evidence.dynamic.rule.kinship.rewriting import expressions, names_in, swapped
from optreview.notation.printer import expression
from optreview.notation.syntax import Branch, Name, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.notation.syntax import Statement


class Coefficient(Departure):
    """A number that the paper computes from the step is a constant, set by the caller."""

    rank = 2

    def variants(self, paper: Subject, code: Subject) -> Iterator[Departed]:
        """Each of them, and each hyperparameter of the code's that the paper has no name for."""
        lines = paper.rule.lines
        tensors = _tensors(lines)
        numbers = {
            each
            for each in expressions(lines)
            if isinstance(each, Operation) and not tensors & {name.name for name in names_in(each)}
        }
        moving = {"t", *paper.rule.names.state, *paper.rule.names.lets}
        own = set(code.hyperparameters) - set(paper.hyperparameters) - code.off - code.tiny
        for each in sorted(numbers, key=repr):
            read = {name.name for name in names_in(each)}
            for name in sorted(own) if read & moving else ():
                rule = ruled(swapped(lines, each, Name(name)))
                if rule is not None:
                    said = f"has {expression(each)}, which changes from step to step"
                    yield Departed(rule, said, f"has the constant {name} there", frozenset({name}))


def _tensors(lines: Sequence[Statement]) -> frozenset[str]:
    """Names that stand for more than a number: what the gradient or the parameter goes into."""
    found = {"g", "p"}
    while True:
        more = found | set(_reached(lines, found))
        if more == found:
            return frozenset(found)
        found = more


def _reached(lines: Sequence[Statement], found: set[str]) -> Iterator[str]:
    for line in lines:
        if isinstance(line, Branch):
            yield from _reached((*line.then, *line.otherwise), found)
        elif found & {name.name for name in names_in(line.value)}:
            yield line.name
