"""Numbers that a step compares with just the value that they have, so that the other way is never recorded.

``if nu != 1: update.add_(grad, alpha=1 - nu)`` at a ``nu`` of one leaves a term out, as a knob at zero does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.program.instructions import Guard
from optreview.evidence.dynamic.rule.program.settings import course, numbers, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.program.expression import Expression
    from optreview.evidence.dynamic.rule.program.settings import Settings
    from optreview.evidence.dynamic.rule.program.variants import Variants
    from optreview.evidence.dynamic.trials.stage import Shape, Stage

#: What they are multiplied by, each by another, since two that are equal could stand for each other.
_ANOTHER = (0.8, 0.7, 0.6, 0.9)
#: The equality that held, by how the comparison came out.
_HELD = {"eq": True, "ne": False}


def freed(stage: Stage, shapes: tuple[Shape, ...], settings: Settings, variants: Variants) -> Settings:
    """The settings with another value for each of them that leads elsewhere; the same where there is none.

    Items of tuples alone: of an argument of its own, zero is taken for the value at which it is off.
    """
    chosen = dict(settings)
    fixed = set(_fixed(variants))
    for name, value in numbers(stage).items() if fixed else ():
        if not isinstance(value, tuple) or name in {*settings, *stage.pinned}:
            continue
        items = list(value)
        places = (index for index in range(len(value)) if (name, index) in fixed and value[index])
        for index, factor in zip(places, _ANOTHER, strict=False):
            items[index] *= factor
        other = {**chosen, name: repr(tuple(items))}
        if items == list(value):
            continue
        before, after = course(stage, shapes, chosen), course(stage, shapes, other)
        if before is not None and after is not None and not same(before, after):
            chosen = other
    return chosen


def _fixed(variants: Variants) -> Iterator[tuple[str, int]]:
    """Argument and index of every number that was found to be just the one it was compared with."""
    for way in variants.found:
        for each in way.program.instructions:
            if isinstance(each, Guard) and _HELD.get(each.expression.op) is each.outcome:
                yield from _items(each.expression)


def _items(equality: Expression) -> Iterator[tuple[str, int]]:
    """Of ``nus[1] == 1``, the place ``group.0.nus.1``."""
    left, right = equality.operands
    for one, other in ((left, right), (right, left)):
        name, _, index = one.args[0].rpartition(".") if one.op == "leaf" else ("", "", "")
        if index.isdigit() and other.constant:
            yield name.rpartition(".")[2], int(index)
