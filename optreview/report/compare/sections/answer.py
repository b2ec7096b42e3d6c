"""The answer in a few lines: what each keeps and takes, how many probes it passes, and the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.conformance import BY_DESIGN, FAIL, PASS
from optreview.judgement import rubric
from optreview.records import ComparedTable
from optreview.report import figures
from optreview.report.compare.pair import row, told, untold
from optreview.report.compare.runs import common_path
from optreview.report.compare.sections import probes, scale, state, step

if TYPE_CHECKING:
    from optreview.records import Answer, ComparedRow, DynamicEvidence, Score
    from optreview.report.compare.pair import Pair

PLACE = 10
_FINAL = "final"
_COUNTED = {PASS: "Probes passed", FAIL: "Probes failed", BY_DESIGN: "Probes where it differs by design"}


def tables(pair: Pair) -> tuple[ComparedTable, ...]:
    """Figures, counts of probes, scores."""
    return (
        ComparedTable(id="figures", rows=_figures(pair)),
        ComparedTable(id="probes", rows=_counts(pair)),
        ComparedTable(id="scores", rows=_scores(pair)),
    )


def _figures(pair: Pair) -> tuple[ComparedRow, ...]:
    if not pair.runs:
        return ()
    path = common_path(pair)
    return (
        state.bytes_per_parameter(pair, "float32"),
        state.bytes_per_parameter(pair, "bfloat16"),
        step.largest_peak(pair, path),
        step.operations(pair, path),
        step.bytes_moved(pair, path),
        *(state.beside_adamw(pair) if pair.spoiling("step") else ()),
        *scale.headlines(pair),
        *state.remarkable(pair),
    )


def _counts(pair: Pair) -> tuple[ComparedRow, ...]:
    """How many of the probes that have an outcome; a count of other questions is no smaller or larger one."""
    asked = [probes.answers(each) for each in pair.runs]
    why = tuple(each.id for each in pair.conditions if each.id == "asked")
    found = []
    for outcome, label in _COUNTED.items():
        if any(answer.value == outcome for each in asked for answer in each.values()):
            found.append(_count(pair, outcome, label, why))
    return tuple(found)


def _count(pair: Pair, outcome: str, label: str, why: tuple[str, ...]) -> ComparedRow:
    def read(dynamic: DynamicEvidence) -> Answer:
        asked = probes.answers(dynamic)
        decided = sum(each.value in _COUNTED for each in asked.values())
        if not asked:
            return untold("Its record holds no probes.")
        number = sum(each.value == outcome for each in asked.values())
        return told(number, f"of {decided}")

    return pair.measured(outcome, label, "probes", read, "probes", why=why)


def _scores(pair: Pair) -> tuple[ComparedRow, ...]:
    sides = [
        {**{s.dimension: s for s in each.judged.scores}, _FINAL: each.judged.final}
        for each in (pair.a, pair.b)
    ]
    titles = {each.id: each.id.replace("_", " ").capitalize() for each in rubric.load().dimensions}
    found = []
    for dimension, title in {**titles, _FINAL: "Final"}.items():
        a, b = (_score(each.get(dimension)) for each in sides)
        if {a.presence, b.presence} != {"not-measured"}:
            known = [each[dimension] for each in sides if dimension in each]
            label = f"{title} (heuristic)" if any(each.heuristic for each in known) else title
            found.append(row(dimension, label, "score", a, b, why=pair.spoiling("scores")))
    return tuple(found)


def _score(score: Score | None) -> Answer:
    if score is None or score.value is None:
        return untold("Too little was measured for it.")
    return told(score.value, "" if score.coverage == 1 else f"{figures.percent(score.coverage)} covered")
