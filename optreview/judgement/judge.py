"""Criteria applied to the ledger: measurement in, outcome and points out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement import ledger as ledgers
from optreview.records import Judgement

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.judgement.criteria import Criterion
    from optreview.judgement.rubric import Rubric
    from optreview.records import Evidence, Measurement, Outcome, UseCase


#: An answer that differs for a stated reason is nothing to give points for, unless a criterion says so.
_BY_DESIGN = "differs-by-design"


def judge(evidence: Evidence, rubric: Rubric, case: UseCase | None = None) -> tuple[Judgement, ...]:
    """Apply every criterion, for a use case or the usual one.

    Absence stays absence: it never becomes zero points.
    """
    ledger = ledgers.open_ledger(evidence, case)
    return judged(lambda name: ledgers.look_up(ledger, name, evidence), rubric)


def judged(read: Callable[[str], Measurement], rubric: Rubric) -> tuple[Judgement, ...]:
    """Apply every criterion to what ``read`` gives for the measurement that it reads."""
    return tuple(apply(criterion, read(criterion.reads), rubric) for criterion in rubric.criteria)


def apply(criterion: Criterion, measurement: Measurement, rubric: Rubric) -> Judgement:
    """Judge one measurement by one criterion."""
    outcome, points = _decide(criterion, measurement, rubric)
    return Judgement(
        criterion=criterion.id,
        dimension=criterion.dimension,
        outcome=outcome,
        points=points,
        weight=criterion.weight,
        measurement=measurement.id,
        value=measurement.value,
        note=measurement.note,
        locations=measurement.locations,
    )


def _decide(criterion: Criterion, measurement: Measurement, rubric: Rubric) -> tuple[Outcome, float | None]:
    if measurement.presence != "measured" or measurement.value is None:
        absent = "not-measured" if measurement.presence == "measured" else measurement.presence
        return absent, None
    if measurement.value == _BY_DESIGN and _BY_DESIGN not in criterion.levels:
        return "not-applicable", None
    try:
        points = round(criterion.points_for(measurement.value), 2)
    except ValueError:
        return "errored", None
    if points >= rubric.met:
        return "met", points
    return ("unmet" if points <= rubric.unmet else "partly"), points
