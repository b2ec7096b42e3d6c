"""What training needs of an optimizer: the probes, with the answers of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic import conformance
from optreview.records import Answer, ComparedTable
from optreview.report.compare.pair import measurement

if TYPE_CHECKING:
    from optreview.evidence.dynamic.conformance import Question
    from optreview.records import ComparedRow, DynamicEvidence
    from optreview.report.compare.pair import Pair

PLACE = 70
_CARES = ("high", "medium", "low")


def tables(pair: Pair) -> tuple[ComparedTable, ...]:
    """Every probe that one of the records has an answer to: those where the two differ first."""
    asked = {name for dynamic in pair.runs for name in answers(dynamic, outcomes=False)}
    questions = sorted(conformance.catalogue(), key=lambda each: (_CARES.index(each.care), each.id))
    rows = [_row(pair, each) for each in questions if each.id in asked]
    return (ComparedTable(id="probes", rows=tuple(sorted(rows, key=_order))),)


def answers(dynamic: DynamicEvidence, *, outcomes: bool = True) -> dict[str, Answer]:
    """The answers of a record by probe; those of probes that pass or fail, unless all are wanted."""
    known = {q.id for q in conformance.catalogue() if q.unit == conformance.OUTCOME or not outcomes}
    return {
        m.id: Answer(presence=m.presence, value=m.value, note=m.note)
        for m in dynamic.measurements
        if m.id in known
    }


def _row(pair: Pair, question: Question) -> ComparedRow:
    unit = "outcome" if question.unit == conformance.OUTCOME else "word"
    return pair.measured(question.id, question.title, unit, lambda d: measurement(d, question.id), "probes")


def _order(row: ComparedRow) -> int:
    """Differing answers, then those that cannot be held against each other, then the same ones."""
    return {"equal": 2, "not-compared": 1}.get(row.relation, 0)
