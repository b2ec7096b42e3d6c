"""Two records and what of them can be compared: where the answers of both become one row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeGuard

from optreview.records import Answer, ComparedRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.records import Condition, DynamicEvidence, Kind, Measurement, Relation, Review

#: Figures nearer than this share of the smaller one are alike: a step counter, not a decision.
_ALIKE = 0.005
#: Units of values that are no figures.
WORDS = frozenset({"word", "fact", "outcome", "source", "digest", "equation"})
#: Units of figures that count from no zero of their own: one is larger, and not so many times as large.
_SCALES = frozenset({"score", "probes", "added-per-parameter"})


@dataclass(frozen=True)
class Pair:
    """The two records, and what was not the same when they were taken."""

    a: Review
    b: Review
    conditions: tuple[Condition, ...] = ()

    def measured(  # noqa: PLR0913 - one argument a column
        self,
        identifier: str,
        label: str,
        unit: str,
        read: Callable[[DynamicEvidence], Answer],
        kind: Kind | None,
        *,
        why: tuple[str, ...] = (),
    ) -> ComparedRow:
        """A row of what the runs say; ``kind`` is None for what no condition spoils."""
        a, b = (in_run(each, read) for each in (self.a, self.b))
        return row(identifier, label, unit, a, b, why=(*self.spoiling(kind), *why))

    def spoiling(self, kind: Kind | None) -> tuple[str, ...]:
        """The conditions that spoil figures of this kind."""
        return tuple(each.id for each in self.conditions if kind in each.spoils)

    @property
    def runs(self) -> tuple[DynamicEvidence, ...]:
        """The dynamic halves that there are."""
        return tuple(d for each in (self.a, self.b) if (d := each.evidence.dynamic) is not None)


def row(  # noqa: PLR0913 - one argument a column
    identifier: str,
    label: str,
    unit: str,
    a: Answer,
    b: Answer,
    *,
    why: tuple[str, ...] = (),
) -> ComparedRow:
    """Two answers with how they stand to each other; ``why`` keeps them from being compared."""
    relation: Relation = "not-compared" if why else _relation(a, b, figures=unit not in WORDS)
    ratio = None if relation == "not-compared" or unit in _SCALES else _ratio(a.value, b.value)
    return ComparedRow(
        id=identifier, label=label, unit=unit, a=a, b=b, relation=relation, ratio=ratio, why=why
    )


def told(value: float | int | bool | str | None, note: str = "") -> Answer:
    """A value that was measured, or read."""
    return Answer(presence="measured", value=value, note=note)


def untold(
    note: str, presence: Literal["not-applicable", "not-measured", "errored"] = "not-measured"
) -> Answer:
    """No value, and why."""
    return Answer(presence=presence, note=note)


def measurement(dynamic: DynamicEvidence, identifier: str) -> Answer:
    """A measurement of a record by its id."""
    found: Measurement | None = next((m for m in dynamic.measurements if m.id == identifier), None)
    if found is None:
        return untold("Its record does not hold it.")
    return Answer(presence=found.presence, value=found.value, note=found.note)


def in_run(review: Review, read: Callable[[DynamicEvidence], Answer]) -> Answer:
    """What the run of a record says; why there is none where it was not run."""
    evidence = review.evidence
    if evidence.dynamic is not None:
        return read(evidence.dynamic)
    return untold(evidence.not_run.message if evidence.not_run else "It was not run.")


def _relation(a: Answer, b: Answer, *, figures: bool) -> Relation:
    present = {a.presence, b.presence}
    if present == {"not-applicable"}:
        return "equal"
    if present == {"measured"}:
        return _order(a.value, b.value)
    known = present <= {"measured", "not-applicable"}
    return "differs" if known and not figures else "not-compared"


def _order(a: object, b: object) -> Relation:
    if a == b:
        return "equal"
    if not _figure(a) or not _figure(b):
        return "differs"
    ratio = _ratio(a, b)
    if ratio is not None and max(ratio, 1 / ratio) < 1 + _ALIKE:
        return "alike"
    return "less" if a < b else "more"


def _ratio(a: object, b: object) -> float | None:
    if not (_figure(a) and _figure(b) and a > 0 and b > 0):
        return None
    ratio = a / b
    return ratio if 0 < ratio < math.inf else None


def _figure(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
