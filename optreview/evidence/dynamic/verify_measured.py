"""Does what the boxed child measured by running a rule's equations hold together?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optreview.records import Equations, Invariants, Meaning

_LONGEST, _MOST_PRINTS, _MOST_UPDATES = 1000, 100, 1000


def measured(found: Equations) -> str | None:
    """What is wrong with the invariants and with the meanings of functions, or None."""
    blocks = [each.block for each in found.meanings]
    if len(set(blocks)) < len(blocks) or not set(blocks) <= set(found.blocks):
        return "functions are told of that are not in the equations"
    problem = next((told for each in found.meanings if (told := _meaning(each))), None)
    if problem or found.invariants is None:
        return problem
    if not found.text:
        return "equations that are not there were run"
    return _invariants(found.invariants)


def _meaning(one: Meaning) -> str | None:
    texts = (one.block, one.property, one.says, one.text)
    if not all(each.isprintable() and len(each) <= _LONGEST for each in texts):
        return "what a function computes is not fit to print"
    if len(one.prints) > _MOST_PRINTS or not all(map(math.isfinite, one.prints)):
        return "figures of a function are out of range"
    if one.error is not None and not 0 <= one.error < math.inf:
        return "the error of a function is out of range"
    return None if one.property or not (one.says or one.text) else "a function computes something unnamed"


def _invariants(one: Invariants) -> str | None:
    figures = [each for each in (one.scale, one.first) if each is not None]
    if not all(map(math.isfinite, figures)) or (one.first is not None and one.first < 0):
        return "an invariant is out of range"
    if one.memory is not None and not 1 <= one.memory <= _MOST_UPDATES:
        return "the memory of a rule is out of range"
    if not one.reason.isprintable() or len(one.reason) > _LONGEST:
        return "why a rule's behaviour was not measured is not fit to print"
    if one.reason and (figures or one.coupling or one.parameter or one.memory):
        return "a rule's behaviour was measured, and it is told why it was not"
    return None
