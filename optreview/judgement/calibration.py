"""Where a score and a measurement stand among the optimizers that the rubric was calibrated on.

``python -m benchmarks.calibration`` writes the file from the figures that it keeps; nothing here is measured.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cache

import msgspec

from optreview import resources
from optreview.errors import InputError


class Corpus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A package that was calibrated on, and how many of its classes."""

    name: str
    version: str
    classes: int


class Scores(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The scores that the calibrated classes have in one dimension, or as the final one.

    Attributes:
        reference: The reference's own.
        scores: Every score that occurs, rising, with the number of classes that have it.
    """

    reference: float | None
    scores: tuple[tuple[float, int], ...]

    @property
    def classes(self) -> int:
        """How many classes have a score."""
        return sum(number for _, number in self.scores)

    def below(self, value: float) -> float:
        """The share of them that score less."""
        place = bisect_left([score for score, _ in self.scores], value)
        return sum(number for _, number in self.scores[:place]) / self.classes


class Figures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The values that the calibrated classes have of what one criterion reads.

    Attributes:
        reference: The reference's own, None where it has none.
        tenths: For numbers: the least, the nine cuts between the tenths, and the most.
        levels: For words: how many classes have each.
        points: The control points of a criterion that names places alone.
    """

    classes: int
    reference: float | bool | str | None
    tenths: tuple[float, ...] = ()
    levels: dict[str, int] = {}
    points: tuple[tuple[float, float], ...] = ()


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The frozen tables.

    Attributes:
        rubric_version: The rubric that the scores were made with.
        reference: The optimizer whose place on every scale is told.
        dimensions: By the id of the dimension; ``final`` is the final score.
        criteria: By the id of the criterion.
    """

    rubric_version: str
    reference: str
    packages: tuple[Corpus, ...]
    dimensions: dict[str, Scores]
    criteria: dict[str, Figures]

    @property
    def classes(self) -> int:
        """How many classes were calibrated on."""
        return sum(each.classes for each in self.packages)


@cache
def load() -> Calibration:
    """Read ``rubrics/calibration.json``.

    Raises:
        InputError: The file does not follow the format.
    """
    path = resources.rubrics() / "calibration.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Calibration)
    except (msgspec.MsgspecError, OSError) as error:
        raise InputError(f"The rubric file {path.name} cannot be read: {error}.") from error
