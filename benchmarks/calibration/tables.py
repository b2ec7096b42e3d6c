"""From the figures of all classes to control points, places and scores: arithmetic alone, nothing is run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from optreview.judgement import criteria, judge, rubric, score
from optreview.judgement.calibration import Calibration, Corpus, Figures, Scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.calibration.figures import Row
    from optreview.judgement.criteria import Criterion
    from optreview.judgement.rubric import Rubric
    from optreview.records import Judgement, Score

#: Whose place on every scale is told.
REFERENCE = "torch.optim.adamw:AdamW"
_REFERENCE_TOLD = "torch.optim's AdamW"


@dataclass(frozen=True)
class Judged:
    """A class with what the rubric makes of it."""

    row: Row
    judgements: tuple[Judgement, ...]
    scores: dict[str, Score]

    def value(self, dimension: str) -> float | None:
        """Its score, None where too little was measured."""
        return self.scores[dimension].value


def calibrated(rows: Sequence[Row]) -> tuple[Calibration, list[Judged]]:
    """The tables for the rubric's criteria as they stand, and every class judged by them."""
    standard = rubric.needed(criteria.read())
    figures = {each.id: _figures(each, rows) for each in standard}
    placed = criteria.placed(standard, {name: each.points for name, each in figures.items()})
    rules = rubric.of(placed)
    judged = [judge_row(each, rules) for each in rows]
    dimensions = [each.id for each in rules.dimensions] + [score.FINAL]
    packages = Counter((each.distribution, each.version) for each in rows)
    return Calibration(
        rubric_version=rules.version,
        reference=_REFERENCE_TOLD,
        packages=tuple(
            Corpus(name=name, version=version, classes=number)
            for (name, version), number in sorted(packages.items())
        ),
        dimensions={each: _scores(each, judged) for each in dimensions},
        criteria=dict(sorted(figures.items())),
    ), judged


def judge_row(row: Row, rules: Rubric) -> Judged:
    """One class judged."""
    judgements = judge.judged(row.values.__getitem__, rules)
    found = score.score(judgements, rules)
    final = score.final(found, rules)
    return Judged(row, judgements, {each.dimension: each for each in (*found, final)})


def encode(calibration: Calibration) -> bytes:
    """As the file has it: a line for each entry, so that a change can be read."""
    return msgspec.json.format(msgspec.json.encode(calibration), indent=1) + b"\n"


def _figures(criterion: Criterion, rows: Sequence[Row]) -> Figures:
    found = [each.values[criterion.reads] for each in rows]
    values = [each.value for each in found if each.presence == "measured" and each.value is not None]
    own = next((each.values[criterion.reads].value for each in rows if each.name == REFERENCE), None)
    if criterion.levels:
        words = Counter(str(value).lower() for value in values)
        return Figures(classes=len(values), reference=own, levels=dict(sorted(words.items())))
    numbers = sorted(float(value) for value in values if not isinstance(value, str))
    return Figures(
        classes=len(numbers),
        reference=own,
        tenths=tuple(_at(numbers, tenth / 10) for tenth in range(11)),
        points=tuple((_at(numbers, place), points) for place, points in criterion.places),
    )


def _at(numbers: Sequence[float], share: float) -> float:
    """The value below which that share of the numbers lies, between two of them where need be."""
    place = share * (len(numbers) - 1)
    low = int(place)
    high = min(low + 1, len(numbers) - 1)
    return float(f"{numbers[low] + (numbers[high] - numbers[low]) * (place - low):.4g}")


def _scores(dimension: str, judged: Sequence[Judged]) -> Scores:
    values = Counter(value for each in judged if (value := each.value(dimension)) is not None)
    reference = next((each.value(dimension) for each in judged if each.row.name == REFERENCE), None)
    return Scores(reference=reference, scores=tuple(sorted(values.items())))
