"""Rules with cases: each case beside the one of the other rule that is nearest to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.distance import Alignment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.dynamic.rule.kinship.distance import Change
    from optreview.evidence.dynamic.rule.kinship.skeleton import Skeleton
    from optreview.evidence.dynamic.rule.kinship.tree import Node

#: What the conditions count, beside what is done under them.
_CONDITIONS = 0.1


def by_cases(one: Skeleton, other: Skeleton) -> float:
    """From 0 to 1: rules that do the same in most of their cases are near.

    Every case counts as much as any other, however rarely it is taken.
    """
    mine, theirs = one.cases or (one.tree,), other.cases or (other.tree,)
    done = (_nearest(mine, theirs) + _nearest(theirs, mine)) / 2
    asked = _conditions(one.conditions, other.conditions)
    return round((1 - _CONDITIONS) * done + _CONDITIONS * asked, 3)


def changed_cases(one: Skeleton, other: Skeleton) -> tuple[tuple[Change, ...], list[str]]:
    """What is done otherwise in the other rule's cases, and a sentence on those that are the same."""
    mine, theirs = other.cases or (other.tree,), one.cases or (one.tree,)
    pairs = [min((Alignment(a, b) for a in theirs), key=lambda each: each.distance) for b in mine]
    alike = sum(not each.distance for each in pairs)
    changes = [change for each in pairs if each.distance for change in each.changes()]
    said = [f"{alike} of its {len(mine)} cases {'is' if alike == 1 else 'are'} the same"] if alike else []
    return tuple(dict.fromkeys(changes)), said if alike < len(mine) else []


def _nearest(ones: Sequence[Node], others: Sequence[Node]) -> float:
    return sum(min(Alignment(a, b).distance for b in others) for a in ones) / len(ones)


def _conditions(ones: Sequence[Node], others: Sequence[Node]) -> float:
    if not ones and not others:
        return 0.0
    if not ones or not others:
        return 1.0
    return (_nearest(ones, others) + _nearest(others, ones)) / 2
