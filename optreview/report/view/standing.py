"""Where a score stands: its coverage, its place among the calibrated classes, and what AdamW has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement import calibration
from optreview.report import figures

if TYPE_CHECKING:
    from optreview.records import Score


def sentence(score: Score, above: str) -> str:
    """``Lighter than 62% of the 203 calibrated classes; torch.optim's AdamW has 7.0.``; may be empty."""
    if score.below is None or not score.among:
        return ""
    classes = f"the {score.among} calibrated classes"
    place = (
        f"{above} {figures.percent(_below(score.below, score.among))} of {classes}"
        if score.below
        else f"{above} none of {classes}"
    )
    return f"{place}{_reference(score)}."


def _reference(score: Score) -> str:
    if score.reference is None:
        return ""
    return f"; {calibration.load().reference} has {score.reference:.1f}"


def cell(score: Score) -> str:
    """The place, to go behind the coverage in a cell: ``, above 62% of 203``; may be empty."""
    if score.below is None or not score.among:
        return ""
    return f", above {figures.percent(_below(score.below, score.among))} of {score.among}"


def _below(share: float, among: int) -> float:
    """The share of whole classes, before a record rounded it to three digits: it is rounded once."""
    return round(share * among) / among


def covered(score: Score) -> str:
    """The coverage, always said: ``100% covered``."""
    return f"{figures.percent(score.coverage)} covered"
