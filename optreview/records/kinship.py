"""Which known rules an update rule is near to, and what it does beside its paper's equations."""

from __future__ import annotations

from typing import Literal

from optreview.records.common import Location, Record
from optreview.records.memory import Option


class Kin(Record, frozen=True, kw_only=True):
    """A known optimizer, and how the rule differs from its own.

    Attributes:
        entry: Id of the known optimizer.
        verdict: ``same``: proven equations of both led to the same place, over two settings of the matched
            hyperparameters; what is ``off`` was zero then. ``same-except``: they do after the ``differences``
            are taken away. ``skeleton``: they differ in numbers alone, such as a schedule. ``graded``: by
            the distance.
        structure: Distance of the normal forms, from 0, the same, to 1.
        behaviour: Distance of the updates, from 0 to 1, with hyperparameters matched; None where it was not
            measured.
        differences: In words, from the known rule to this one.
        matching: The known rule's hyperparameters, and which of this one's, or which number, stands for each.
        off: Hyperparameters without a counterpart, off by default.
        unlike: Invariants in which they differ, with hyperparameters matched, in words; where there are some
            the verdict is ``graded``. None where they were not measured.
    """

    entry: str
    verdict: Literal["same", "same-except", "skeleton", "graded"]
    structure: float
    behaviour: float | None = None
    differences: tuple[str, ...] = ()
    matching: tuple[Option, ...] = ()
    off: tuple[str, ...] = ()
    unlike: tuple[str, ...] | None = None


class Deviation(Record, frozen=True, kw_only=True):
    """Something that a rule does otherwise than the paper's equations, shown by running both.

    Attributes:
        kind: Id of the way of departing.
        paper: What the paper does, and ``code``: what is done instead, as parts of a sentence.
        effect: How far it alone leads away in the first steps at the class's own numbers, over how far the
            weights moved; None where that has no bound.
        locations: The lines of the code.
    """

    kind: str
    paper: str
    code: str
    effect: float | None = None
    locations: tuple[Location, ...] = ()


class Paper(Record, frozen=True, kw_only=True):
    """The rule beside the equations of the paper that it is an implementation of.

    Attributes:
        entry: Id of the known optimizer.
        verdict: ``same``: both lead to the same place, or less apart than can be felt. ``deviates``: they
            do with the ``deviations``. ``unexplained``: they do not, and no known way of departing says why.
        apart: How far they lead apart in the first steps at the class's own numbers, over how far the
            weights moved; None where that has no bound.
    """

    entry: str
    verdict: Literal["same", "deviates", "unexplained"]
    apart: float | None = 0.0
    deviations: tuple[Deviation, ...] = ()
