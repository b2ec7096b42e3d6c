"""The known rules that a rule is nearest to, for the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.frozen import Frozen
from optreview.judgement import catalogue, novelty, wrappers

if TYPE_CHECKING:
    from optreview.records import Evidence, Kin

#: What stands for what in formulas without numbers.
_SIGNS = {
    "EMA": "with a number is a running mean, each number another decay",
    "maximum": "is the largest so far, for each element by itself, and may decay",
    "rec": "is what goes on from its last value",
    "itself": "is the last value of the EMA or rec that it stands in",
    "outer": "is the last value of an EMA or rec further out, which is left out where both rules have it",
    "c": "is what is taken as a constant, as numbers and hyperparameters are",
    "[0]": "after a function takes it along each column",
    "[-1]": "after a function takes it along each row",
    "previous": "is the value of the step before",
    "kept": "is state from the step before",
}
_VERDICTS = {"same": "nothing: proven the same", "skeleton": "numbers alone"}


class Near(Frozen, frozen=True):
    """One of them."""

    name: str
    year: int
    distance: float
    differs: str


class Related(Frozen, frozen=True):
    """The nearest ones.

    Attributes:
        proven: The equations that were compared are what the class computes.
        published: The class is an entry of the catalogue itself, and these are older.
        signs: What those signs of the formulas mean that are no mathematics.
    """

    nearest: tuple[Near, ...]
    published: bool
    proven: bool
    signs: tuple[tuple[str, str], ...]


def build(evidence: Evidence) -> Related | None:
    """None where the rule was compared with none."""
    rule = evidence.dynamic.rule if evidence.dynamic else None
    if rule is None or not rule.kin or wrappers.inner(evidence) is not None:
        return None
    nearest = tuple(near for each in novelty.before(evidence) if (near := _near(each)) is not None)
    return Related(
        nearest=nearest,
        signs=tuple(each for each in _SIGNS.items() if any(_stands(each[0], near) for near in nearest)),
        published=novelty.own(evidence) is not None,
        proven=all(each.proof.verdict == "proven" for each in rule.equations if each.text),
    )


def _stands(sign: str, near: Near) -> bool:
    return re.search(rf"\b{re.escape(sign)}(?!\w)", near.differs) is not None


def _near(kin: Kin) -> Near | None:
    known = catalogue.entry(kin.entry)
    if known is None:
        return None
    differs = "; ".join(kin.differences) or _VERDICTS.get(kin.verdict, "it could not be told in words")
    return Near(known.name, known.year, novelty.distance(kin), f"{differs}{novelty.at_zero(kin)}")
