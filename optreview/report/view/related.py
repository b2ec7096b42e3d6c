"""The known rules that a rule is nearest to, for the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.judgement import catalogue, identity, novelty

if TYPE_CHECKING:
    from optreview.records import Evidence, Identity, Kin

_VERDICTS = {"same": "nothing: proven the same", "skeleton": "numbers alone"}


@dataclass(frozen=True)
class Near:
    """One of them."""

    name: str
    year: int
    distance: float
    differs: str


@dataclass(frozen=True)
class Related:
    """The nearest ones.

    Attributes:
        published: The class is an entry of the catalogue itself, and these are older.
        paper: In what the rule differs from the paper's equations, as runs have shown; empty where in
            nothing, or where only the formulas were found to be written otherwise.
    """

    nearest: tuple[Near, ...]
    published: bool
    paper: str


def build(evidence: Evidence, known: Identity | None) -> Related | None:
    """None where the rule was compared with none."""
    rule = evidence.dynamic.rule if evidence.dynamic else None
    if rule is None or not rule.kin:
        return None
    own = next((each for each in rule.kin if known and each.entry == known.entry), None)
    return Related(
        nearest=tuple(near for each in novelty.before(evidence) if (near := _near(each)) is not None),
        published=novelty.own(evidence) is not None,
        paper="; ".join(each for each in own.paper or () if identity.ARROW not in each) if own else "",
    )


def _near(kin: Kin) -> Near | None:
    known = catalogue.entry(kin.entry)
    if known is None:
        return None
    differs = "; ".join(kin.differences) or _VERDICTS.get(kin.verdict, "it could not be told in words")
    return Near(known.name, known.year, novelty.distance(kin), differs)
