"""How a rule behaves whatever its numbers are, beside the nearest known one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.frozen import Frozen
from optreview.judgement import catalogue, novelty
from optreview.report.view import joining

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.records import Equations, Evidence, Invariants

_OF = {
    "element": "its own",
    "row": "its row of a matrix",
    "column": "its column of a matrix",
    "cross": "its row and its column of a matrix",
    "tensor": "the whole tensor",
}
_ENTERS = {
    "none": "nothing",
    "scale": "the update grows with it",
    "direction": "its direction enters, its size does not",
    "other": "it enters otherwise",
}


class Line(Frozen, frozen=True):
    """One question, with both answers."""

    label: str
    subject: str
    known: str


class InvariantsView(Frozen, frozen=True):
    """The table, or why there is none.

    Attributes:
        beside: Name of the nearest known rule; empty where its own were not measured either.
    """

    lines: tuple[Line, ...]
    beside: str
    reason: str


def build(evidence: Evidence) -> InvariantsView | None:
    """None where there are no equations."""
    rule = evidence.dynamic.rule if evidence.dynamic else None
    own = _first(rule.equations) if rule else None
    if rule is None or own is None or own.invariants is None:
        return None
    if own.invariants.reason:
        return InvariantsView((), "", own.invariants.reason)
    near = novelty.before(evidence)
    entry = near[0].entry if near else ""
    known = next((each for each in catalogue.canonical() if each.entry == entry), None)
    other = _first(known.equations) if known else None
    told = catalogue.entry(entry)
    theirs = other.invariants if other and other.invariants and not other.invariants.reason else None
    mine = _answers(own.invariants, own)
    beside = _answers(theirs, other) if theirs and other else ("",) * len(mine)
    lines = tuple(Line(*each) for each in zip(_LABELS, mine, beside, strict=True))
    return InvariantsView(lines, told.name if told and theirs else "", "")


def _first(equations: Sequence[Equations]) -> Equations | None:
    return next((each for each in equations if each.text), None)


_LABELS = (
    "Gradients larger by c make late updates larger by",
    "An element's update depends on the gradients of",
    "Of the parameter, weight decay aside, it depends on",
)


def _answers(one: Invariants, equations: Equations) -> tuple[str, ...]:
    return (
        "no one power of c" if one.scale is None else _POWERS.get(one.scale, f"c^{one.scale:g}"),
        _coupling(one, equations),
        _ENTERS.get(one.parameter or "", "–"),
    )


def _coupling(one: Invariants, equations: Equations) -> str:
    said = _OF.get(one.coupling or "", "–")
    if one.coupling != "element" or not joining.joins(equations.text):
        return said
    return f"{said} in these runs, though the equations also take elements together"


_POWERS = {0.0: "nothing", 1.0: "c", 2.0: "c²"}
