"""The behaviour card: what each does in the same scenarios, at its defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.behaviour._scenario import scenarios
from optreview.records import ComparedTable
from optreview.report.compare.pair import told, untold

if TYPE_CHECKING:
    from optreview.records import Answer, ComparedRow, DynamicEvidence
    from optreview.report.compare.pair import Pair

PLACE = 80


def tables(pair: Pair) -> tuple[ComparedTable, ...]:
    """The scenarios in their order."""
    if not any(dynamic.behaviour for dynamic in pair.runs):
        return ()
    rows = tuple(_row(pair, each.id, each.label) for each in scenarios())
    return (ComparedTable(id="card", rows=rows),)


def _row(pair: Pair, scenario: str, label: str) -> ComparedRow:
    def read(dynamic: DynamicEvidence) -> Answer:
        card = dynamic.behaviour
        found = next((r for r in card.subject if r.scenario == scenario), None) if card else None
        if found is None:
            return untold("Its record does not hold it.")
        return told(found.word if found.figure is None else found.figure)

    return pair.measured(scenario, label, "movement", read, "behaviour")
