"""What training needs of an optimizer, and what it has: the probes of a record by their outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic import conformance
from optreview.evidence.dynamic.conformance import BY_DESIGN, FAIL, OUTCOME, PASS
from optreview.frozen import Frozen

if TYPE_CHECKING:
    from optreview.evidence.dynamic.conformance import Question
    from optreview.records import DynamicEvidence, Measurement

#: Failures that the first screen names.
_NAMED = 4
_CARES = ("high", "medium", "low")


class Asked(Frozen, frozen=True):
    """A question and the answer to it."""

    question: Question
    answer: Measurement


class ConformanceView(Frozen, frozen=True):
    """The answers by outcome, in each the most important first.

    Attributes:
        undecided: Not measured, or errored while it was tried.
        described: Those that describe, with a word, and neither pass nor fail.
    """

    passed: tuple[Asked, ...]
    failed: tuple[Asked, ...]
    by_design: tuple[Asked, ...]
    not_applicable: tuple[Asked, ...]
    undecided: tuple[Asked, ...]
    described: tuple[Asked, ...]

    @property
    def named(self) -> list[str]:
        """The ids of those that failed, as many as fit on the first screen."""
        return [each.question.id for each in self.failed[:_NAMED]]

    @property
    def undecided_by_note(self) -> list[tuple[str, str, list[str]]]:
        """Those without an answer, with what was measured of them; one reason is said once."""
        found: dict[tuple[str, str], list[str]] = {}
        for each in self.undecided:
            found.setdefault((each.answer.presence, each.answer.note), []).append(each.question.id)
        return [(presence, note, ids) for (presence, note), ids in found.items()]

    @property
    def decided(self) -> int:
        """Questions that were passed or failed."""
        return len(self.passed) + len(self.failed)


def build(dynamic: DynamicEvidence) -> ConformanceView | None:
    """Sort the answers, or None in a record made before version 1.3 of the schema."""
    answers = {m.id: m for m in dynamic.measurements}
    asked = [Asked(q, answers[q.id]) for q in conformance.catalogue() if q.id in answers]
    asked.sort(key=lambda each: (_CARES.index(each.question.care), each.question.id))
    if not any(each.answer.unit == OUTCOME for each in asked):
        return None

    def having(value: str) -> tuple[Asked, ...]:
        return tuple(each for each in asked if each.answer.value == value)

    def being(*presences: str) -> tuple[Asked, ...]:
        return tuple(each for each in asked if each.answer.presence in presences)

    return ConformanceView(
        passed=having(PASS),
        failed=having(FAIL),
        by_design=having(BY_DESIGN),
        not_applicable=being("not-applicable"),
        undecided=being("not-measured", "errored"),
        described=tuple(
            each for each in asked if each.answer.unit != OUTCOME and each.answer.presence == "measured"
        ),
    )
