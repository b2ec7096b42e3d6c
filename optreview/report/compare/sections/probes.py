"""What training needs of an optimizer: the probes, with the answers of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic import conformance
from optreview.records import Answer, ComparedTable
from optreview.report.compare.pair import untold

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
    """The answers of a record by probe; those of probes that pass or fail, unless all are wanted.

    Before version 1.3 some were yes or no to a question of the same name that asked for less.
    """
    units = {q.id: q.unit for q in conformance.catalogue() if q.unit == conformance.OUTCOME or not outcomes}
    return {
        m.id: Answer(presence=m.presence, value=m.value, note=m.note)
        for m in dynamic.measurements
        if m.id in units and (m.unit == units[m.id] or m.presence != "measured")
    }


def _row(pair: Pair, question: Question) -> ComparedRow:
    unit = "outcome" if question.unit == conformance.OUTCOME else "word"

    def read(dynamic: DynamicEvidence) -> Answer:
        return answers(dynamic, outcomes=False).get(question.id, untold("Its record does not hold it."))

    return pair.measured(question.id, question.title, unit, read, "probes")


def _order(row: ComparedRow) -> int:
    """Differing answers, then those that cannot be held against each other, then the same ones."""
    return {"equal": 2, "not-compared": 1}.get(row.relation, 0)
