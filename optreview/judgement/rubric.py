"""The rubric as a whole: dimensions, thresholds and criteria, read from ``rubrics/``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from optreview import resources
from optreview.judgement import criteria, datafiles, usecase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.records import UseCase


class Dimension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the scores of a review.

    Attributes:
        title: Heading of the section.
        scale: What 1 and 10 mean, in words.
        weight: Share in the final score.
        heuristic: The score rests on thin ground and says so; never part of a gate by default.
        missing: The sentence printed when there is no evidence for the dimension.
        above: What a higher score than another's means, up to ``than``.
    """

    id: str
    title: str
    scale: str
    weight: float
    missing: str
    heuristic: bool = False
    above: str = "Higher than"


class Rubric(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Dimensions in the order of the page, the thresholds of the outcomes, and every criterion.

    Attributes:
        met: Least points for the outcome ``met``; ``unmet`` is the most points for ``unmet``.
        minimum_coverage: Share of a dimension's weight below which no number is printed.
    """

    version: str
    met: float
    unmet: float
    minimum_coverage: float
    dimensions: tuple[Dimension, ...]
    criteria: tuple[criteria.Criterion, ...] = ()


@cache
def load() -> Rubric:
    """The standard rubric, with the needs of the usual use case.

    Raises:
        InputError: A file does not follow the format; the sentence names the file and the fault.
    """
    return for_case(usecase.load())


@cache
def whole() -> Rubric:
    """The rubric with everything that a use case may need.

    Raises:
        InputError: A file does not follow the format; the sentence names the file and the fault.
    """
    return of(criteria.load())


def for_case(case: UseCase) -> Rubric:
    """The rubric without what the job does not need: that can be neither a pro nor a con."""
    return of(needed(criteria.load(), case))


def needed(
    among: Iterable[criteria.Criterion], case: UseCase | None = None
) -> tuple[criteria.Criterion, ...]:
    """Those by which something is judged for a use case; for the usual one where none is given."""
    needs = (case or usecase.load()).needs
    return tuple(c for c in among if c.dimension != usecase.DIMENSION or c.id in needs)


def of(judged_by: Iterable[criteria.Criterion]) -> Rubric:
    """The rubric's header with these criteria, in the order of their dimensions.

    Raises:
        InputError: The header does not follow the format.
    """
    header = datafiles.decode(resources.rubrics() / "rubric.toml", Rubric)
    order = {dimension.id: place for place, dimension in enumerate(header.dimensions)}
    ordered = sorted(judged_by, key=lambda c: (order[c.dimension], c.id))
    return msgspec.structs.replace(header, criteria=tuple(ordered))
