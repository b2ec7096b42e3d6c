"""The rule beside its paper's equations, for the page and the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.frozen import Frozen
from optreview.judgement import catalogue
from optreview.report import figures

if TYPE_CHECKING:
    from optreview.judgement.catalogue import Entry
    from optreview.records import Deviation, Evidence


#: From here on a multiple of the way says nothing: the weights may hardly have moved.
_FAR = 10


class Line(Frozen, frozen=True):
    """Something that is done otherwise.

    Attributes:
        says: In a sentence without its full stop.
        effect: How far it leads away, in words.
        listed: The catalogue knows it of an implementation.
    """

    deviation: Deviation
    says: str
    effect: str
    listed: bool


class PaperView(Frozen, frozen=True):
    """What is told of a rule and its paper.

    Attributes:
        apart: How far both lead apart, in words, where no line explains it; empty else.
    """

    entry: Entry
    lines: tuple[Line, ...]
    apart: str


def build(evidence: Evidence) -> PaperView | None:
    """None where it was not compared, or nothing is done otherwise."""
    rule = evidence.dynamic.rule if evidence.dynamic else None
    found = rule.paper if rule else None
    known = catalogue.entry(found.entry) if found else None
    if found is None or known is None or found.verdict == "same":
        return None
    lines = tuple(_line(each, known) for each in found.deviations)
    return PaperView(known, lines, "" if lines else _share(found.apart))


def _line(one: Deviation, known: Entry) -> Line:
    says = f"the paper {one.paper}; the code {one.code}"
    return Line(one, says, _share(one.effect), one.kind in known.departs)


def _share(value: float | None) -> str:
    if value is None:
        return "by no finite distance"
    if value > _FAR:
        return "by far more than the weights moved"
    if value < 1:
        return f"by {100 * value:.2g}% of the way that the weights moved"
    return f"by {figures.times(value)} the way that the weights moved"
