"""What a property is: a name, words, and how far a function is from having it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import torch

from optreview.evidence.dynamic.rule.kinship.properties._inputs import hard
from optreview.evidence.dynamic.rule.language import parse
from optreview.plugins import Documented, classes

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    Block = Callable[..., Tensor]
    Shapes = tuple[tuple[int, ...], ...]

PROPERTIES = "optreview.evidence.dynamic.rule.kinship.properties"
#: A function that is as close to a text as this is that text.
EXACT = 1e-9


class Found(NamedTuple):
    """A property that a function has.

    Attributes:
        error: The largest relative distance from it.
        says: In words.
        text: It in the language of rules; empty where it is not said in that.
    """

    error: float
    says: str
    text: str = ""


class Property(Documented):
    """Something that a function may compute. The docstring says what.

    Attributes:
        text: It in the language of rules, of ``x`` and ``y``; empty where it is not said in that.
        says: What a reader is told.
    """

    text: ClassVar[str] = ""
    says: ClassVar[str]

    def found(self, block: Block, shapes: Shapes) -> Found | None:
        """How far the function is from it; None where it does not have it.

        Args:
            block: The function.
            shapes: Of its arguments.
        """
        rule = parse(f"out = {self.text}\np ← out")
        names = ("x", "y")[: len(shapes)]
        if rule.names.read != set(names):
            return None
        worst = 0.0
        for arguments in zip(*(hard(shape, index) for index, shape in enumerate(shapes)), strict=True):
            made = block(*(each.clone() for each in arguments))  # it may write into them
            wanted = rule.run({"p": 0.0}, dict(zip(names, arguments, strict=True)))["p"]
            if made.numel() != wanted.numel():
                return None
            worst = max(worst, _distance(made.flatten(), wanted.flatten()))
            if not worst < EXACT:
                return None
        return Found(worst, self.says, self.text)


def _distance(one: Tensor, other: Tensor) -> float:
    whole = float(other.norm())
    away = float((one - other).norm()) / whole if whole else float(one.norm())
    return away if torch.isfinite(one).all() else float("inf")


def properties() -> tuple[type[Property], ...]:
    """All of them, in the order of their ids."""
    return classes(PROPERTIES, Property)
