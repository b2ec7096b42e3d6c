"""What the functions in a rule compute that have no text: tried on tensors that are hard on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from optreview.evidence.dynamic.rule.equations.modes import Widened
from optreview.evidence.dynamic.rule.kinship.course import course, settings
from optreview.evidence.dynamic.rule.kinship.prints import prints
from optreview.evidence.dynamic.rule.kinship.properties._property import EXACT, properties
from optreview.evidence.dynamic.rule.kinship.substitution import substituted
from optreview.records import Meaning

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from optreview.evidence.dynamic.rule.kinship.properties._property import Found, Property
    from optreview.evidence.dynamic.rule.kinship.subject import Subject

    Block = Callable[..., Tensor]

#: Steps of the run that shows what shapes a function is given.
_STEPS = 3


def meanings(subject: Subject) -> tuple[Meaning, ...]:
    """Of each function that is at hand; with a text only where the rule does the same with that in its place.

    Args:
        subject: A rule whose functions are at hand.
    """
    with Widened():
        shapes = _shapes(subject)
        found = [
            _meaning(name, block, shapes[name])
            for name, block in sorted(subject.blocks.items())
            if name in shapes
        ]
        return tuple(each if _fits(subject, each) else structs.replace(each, text="") for each in found)


def _shapes(subject: Subject) -> dict[str, tuple[tuple[int, ...], ...]]:
    """What every function is given."""
    seen: dict[str, tuple[tuple[int, ...], ...]] = {}

    def watched(name: str, block: Block) -> Block:
        def call(*arguments: Tensor) -> Tensor:
            seen[name] = tuple(tuple(each.shape) for each in arguments)
            return block(*arguments)

        return call

    watching = replace(
        subject, blocks={name: watched(name, block) for name, block in subject.blocks.items()}, courses={}
    )
    if subject.shape is not None:
        course(watching, settings(subject)[0], subject.shape, _STEPS)
    return seen


def _meaning(name: str, block: Block, shapes: tuple[tuple[int, ...], ...]) -> Meaning:
    for each in properties():
        found = _tried(each, block, shapes)
        if found is not None:
            return Meaning(
                block=name,
                property=each().id,
                says=found.says,
                error=float(f"{found.error:.1g}"),
                text=found.text,
                prints=tuple(prints(block, shapes)),
            )
    return Meaning(block=name, prints=tuple(prints(block, shapes)))


def _tried(one: type[Property], block: Block, shapes: tuple[tuple[int, ...], ...]) -> Found | None:
    try:
        return one().found(block, shapes)
    except Exception:  # noqa: BLE001 - a function may take no other input than the one it was recorded on
        return None


def _fits(subject: Subject, one: Meaning) -> bool:
    """Whether the rule leads to the same place with the text instead of the function."""
    if not one.text or subject.shape is None:
        return True
    values = settings(subject)[0]
    other = replace(subject, rule=substituted(subject.rule, {one.block: one.text}), courses={})
    here, there = course(subject, values, subject.shape), course(other, values, subject.shape)
    return here is not None and there is not None and here.apart(there) < EXACT
