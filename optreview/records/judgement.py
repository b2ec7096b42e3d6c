"""Judgement: criteria applied to evidence, the scores they add up to, and what follows for the user."""

from __future__ import annotations

from typing import Literal

from optreview.records.common import Location, Record

Outcome = Literal["met", "partly", "unmet", "not-applicable", "not-measured", "errored"]


class Judgement(Record, frozen=True, kw_only=True):
    """A criterion applied to one measurement.

    Attributes:
        points: From 0 to 10, or None when the outcome carries none.
        measurement: Id of the measurement read; ``value``, ``note`` and ``locations`` are copied from it.
        gain: How much the final score would rise were this criterion fully met, or None without points.
    """

    criterion: str
    dimension: str
    outcome: Outcome
    points: float | None
    weight: float
    measurement: str
    value: float | int | bool | str | None
    note: str
    locations: tuple[Location, ...] = ()
    gain: float | None = None


class Score(Record, frozen=True, kw_only=True):
    """A score out of ten, or None, with the share of the applicable weight that evidence stands behind."""

    dimension: str
    value: float | None
    coverage: float
    heuristic: bool


class Identity(Record, frozen=True, kw_only=True):
    """The catalogue entry that the class is taken for, and on what grounds.

    Attributes:
        note: A sentence on what name and rule say of each other, or in what the rule differs; may be empty.
    """

    entry: str
    name: str
    grounds: Literal["update rule (proven the same)", "update rule (nearest)", "class name"]
    note: str = ""


class Setting(Record, frozen=True, kw_only=True):
    """One recommended constructor argument: source text of the value, why, and who says so."""

    name: str
    value: str
    reason: str
    source: str | None = None


class Recommendation(Record, frozen=True, kw_only=True):
    """Constructor arguments for one hardware tier. ``scaling`` says how the batch size moved the lr."""

    tier: str
    settings: tuple[Setting, ...]
    scaling: str


class Judged(Record, frozen=True, kw_only=True):
    """Everything that opinion adds to the evidence; computed anew whenever a record is rendered."""

    rubric_version: str
    use_case: str
    identity: Identity | None
    judgements: tuple[Judgement, ...]
    scores: tuple[Score, ...]
    final: Score
    recommendations: tuple[Recommendation, ...]
