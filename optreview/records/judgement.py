"""Judgement: criteria applied to evidence, and the scores they add up to."""

from __future__ import annotations

from typing import Literal

from optreview.records.common import Record

Outcome = Literal["met", "partly", "unmet", "not-applicable", "not-measured", "errored"]


class Judgement(Record, frozen=True, kw_only=True):
    """A criterion applied: points from 0 to 10, or None when the outcome carries none."""

    criterion: str
    dimension: str
    outcome: Outcome
    points: float | None
    weight: float
    measurement: str
    value: float | int | bool | str | None
    gain: float | None


class Score(Record, frozen=True, kw_only=True):
    """A dimension's score out of ten, or None, with the share of the criteria's weight behind it."""

    dimension: str
    value: float | None
    coverage: float
    heuristic: bool
