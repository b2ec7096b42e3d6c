"""A comparison's values and relations as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.conformance import BY_DESIGN, FAIL, PASS
from optreview.report import figures

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.records import Answer, ComparedRow

NONE = "none"
#: What the source does not decide, or a record of another version does not hold.
UNKNOWN = "not known"
ABSENT = {"not-applicable": "not applicable", "not-measured": "not measured", "errored": "errored"}
#: Signs of a hash that are enough to tell two apart.
_DIGEST = 8
_ABSENT_OF = {("fact", "not-measured"): UNKNOWN, ("equation", "not-applicable"): NONE}
_OUTCOMES = {PASS: "passes", FAIL: "fails", BY_DESIGN: "differs by design"}
_RELATIONS = {
    "equal": "the same",
    "alike": "nearly the same",
    "less": "less",
    "more": "more",
    "differs": "different",
    "not-compared": "not compared",
}


def _added(value: float) -> str:
    if not value:
        return "nothing"
    return ("+" if value > 0 else "\N{MINUS SIGN}") + figures.per_parameter(abs(value))


def _times(value: float) -> str:
    return f"{value:,.0f}×" if 1000 <= value < 1e15 else figures.times(value)


def _movement(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 or abs(value) >= 1e5 else f"{value:.0f}"


_FIGURES: dict[str, Callable[[float], str]] = {
    "added-per-parameter": _added,
    "bytes": figures.data_size,
    "bytes-per-parameter": lambda value: figures.per_parameter(value) if value else NONE,
    "count": lambda value: f"{value:,}",
    "movement": _movement,
    "ratio": _times,
    "score": lambda value: f"{value:.1f}",
}


def answer(row: ComparedRow, given: Answer) -> str:
    """One side's cell."""
    value = given.value
    if given.presence != "measured" or value is None:
        return _ABSENT_OF.get((row.unit, given.presence), ABSENT.get(given.presence, "not measured"))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _word(row.unit, value)
    if row.unit == "probes":
        return f"{value} {given.note}"
    return _FIGURES.get(row.unit, "{:g}".format)(value)


def _word(unit: str, value: str) -> str:
    if unit == "digest":
        return value[:_DIGEST]
    return _OUTCOMES.get(value, value) if unit == "outcome" else value


def relation(row: ComparedRow) -> str:
    """How the first answer stands to the second: ``less, 0.50×``."""
    said = _RELATIONS[row.relation]
    if row.ratio is None or row.relation not in {"less", "more"}:
        return said
    return f"{said}, {_times(row.ratio)}"
