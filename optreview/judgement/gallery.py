"""What a collection of reviews is ranked and filtered by, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from optreview import resources
from optreview.judgement import datafiles

if TYPE_CHECKING:
    from optreview.records import Evidence, Measurement

Verdict = Literal["yes", "no", "other", "not-applicable", "not-measured"]


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question that one measurement answers.

    Attributes:
        head: The heading of its column.
        title: What those can do that it is answered with yes for.
        reads: The measurement's id.
        yes: Its values that mean yes.
        no: Its values that mean no.
    """

    head: str
    title: str
    reads: str
    yes: tuple[str, ...]
    no: tuple[str, ...]


class Gallery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The model on which memory is compared, the memory (GiB) it is to fit in, and the questions."""

    model: str
    gib: float
    questions: tuple[Question, ...]


class Answer(msgspec.Struct, frozen=True):
    """A verdict, and the word for it."""

    verdict: Verdict
    word: str


def load() -> Gallery:
    """The questions of ``rubrics/gallery.toml``."""
    return datafiles.decode(resources.rubrics() / "gallery.toml", Gallery)


def answer(question: Question, evidence: Evidence) -> Answer:
    """What the evidence answers; nothing that was not measured becomes a no."""
    halves = (evidence.static, evidence.dynamic)
    measured = (m for half in halves if half for m in half.measurements)
    found = next((m for m in measured if m.id == question.reads), None)
    return _answer(question, found)


def _answer(question: Question, found: Measurement | None) -> Answer:
    if found is None or found.presence in {"not-measured", "errored"}:
        return Answer("not-measured", "not measured")
    if found.presence == "not-applicable":
        return Answer("not-applicable", "–")
    value = str(found.value).lower()
    if value in question.yes:
        return Answer("yes", "yes")
    return Answer("no", "no") if value in question.no else Answer("other", value.replace("-", " "))
