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
        lost: Points of the final score that it costs; those of all judgements add up to what the score lacks
            of ten. None without points, and in records made before version 1.5 of the schema.
        gain: How much the final score would rise by the criterion's remedy, found by judging again; None
            without points, and where it is so by design.
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
    lost: float | None = None


class Score(Record, frozen=True, kw_only=True):
    """A score out of ten, or None, with the share of the applicable weight that evidence stands behind.

    Attributes:
        below: Share of the calibrated classes that score less; None without a value, for scores that a
            project has adjusted, and in records made before version 1.5 of the schema.
        among: How many calibrated classes have such a score; 0 where ``below`` is None.
        reference: What the calibration's reference, torch's AdamW, scores; None likewise.
    """

    dimension: str
    value: float | None
    coverage: float
    heuristic: bool
    below: float | None = None
    among: int = 0
    reference: float | None = None


class Adjusted(Record, frozen=True, kw_only=True):
    """Scores by the rubric as a project has changed it; they stand beside the standard ones.

    Attributes:
        changes: What the project has changed, a phrase each, such as ``weight of memory 3 instead of 1.5``.
    """

    changes: tuple[str, ...]
    scores: tuple[Score, ...]
    final: Score


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
    """Everything that opinion adds to the evidence; computed anew whenever a record is rendered.

    Attributes:
        adjusted: None where no project changes the rubric.
    """

    rubric_version: str
    use_case: str
    identity: Identity | None
    judgements: tuple[Judgement, ...]
    scores: tuple[Score, ...]
    final: Score
    recommendations: tuple[Recommendation, ...]
    adjusted: Adjusted | None = None
