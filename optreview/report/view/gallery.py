"""Many reviews beside each other: a row for each, in the order of what is asked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from optreview.frozen import Frozen
from optreview.judgement import gallery
from optreview.report.view import memory, scale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import PurePath

    from optreview.judgement.gallery import Answer, Gallery, Question, Verdict
    from optreview.records import Review
    from optreview.report.view.memory import MemoryView
    from optreview.report.view.scale import ModelView

_GIB = 1024**3


class Row(Frozen, frozen=True):
    """One review.

    Attributes:
        pages: Its pages by their voice, from the folder of the index.
        is_alone: No other class of the collection has its name.
        model: Its memory on the model that is compared on, or None where that was not simulated.
        is_exact: Real runs agree with the simulation to the byte, and memory was at rest in it.
        answers: To the questions, in their order.
    """

    review: Review
    pages: Mapping[str, str]
    is_alone: bool
    memory: MemoryView | None
    model: ModelView | None
    is_exact: bool
    answers: tuple[Answer, ...]

    @property
    def page(self) -> str:
        """The page in the first voice there is."""
        return next(iter(self.pages.values()))

    @property
    def package(self) -> str:
        """The distribution and its version."""
        subject = self.review.evidence.static.subject
        return f"{subject.distribution or subject.package} {subject.version or ''}".strip()


class View(Frozen, frozen=True):
    """All reviews, by memory and by score, and what is asked of them."""

    by_memory: tuple[Row, ...]
    by_score: tuple[Row, ...]
    asked: Gallery

    @property
    def simulated(self) -> tuple[Row, ...]:
        """Those whose memory on the model is known, the smallest first."""
        found = [row for row in self.by_memory if row.model]
        return tuple(sorted(found, key=lambda row: row.model.needs if row.model else 0))

    @property
    def fitting(self) -> tuple[Row, ...]:
        """Those with which the model fits."""
        return tuple(r for r in self.simulated if r.model and r.model.needs <= self.asked.gib * _GIB)

    def answering(self, question: Question, verdict: Verdict) -> tuple[Row, ...]:
        """Those to which a question is answered that way, by name."""
        place = self.asked.questions.index(question)
        found = [row for row in self.by_memory if row.answers[place].verdict == verdict]
        return tuple(sorted(found, key=_name))


def build(found: Sequence[tuple[Review, Mapping[str, PurePath]]]) -> View:
    """Lay out the reviews that have a page, each with its pages by voice."""
    asked = gallery.load()
    names = Counter(review.evidence.static.subject.class_name for review, _ in found)
    rows = [_row(review, pages, names, asked) for review, pages in found if pages]
    return View(
        by_memory=tuple(sorted(rows, key=lambda row: (_state(row), *_name(row)))),
        by_score=tuple(sorted(rows, key=lambda row: (-(row.review.judged.final.value or -1.0), *_name(row)))),
        asked=asked,
    )


def _row(review: Review, pages: Mapping[str, PurePath], names: Counter[str], asked: Gallery) -> Row:
    evidence = review.evidence
    simulated = scale.build(evidence.dynamic) if evidence.dynamic else None
    models = simulated.models if simulated else ()
    model = next((each for each in models if each.model.name == asked.model), None)
    check = simulated.check if simulated else None
    return Row(
        review=review,
        pages={voice: path.as_posix() for voice, path in pages.items()},
        is_alone=names[evidence.static.subject.class_name] == 1,
        memory=memory.build(evidence.static, evidence.dynamic) if evidence.dynamic else None,
        model=model,
        is_exact=bool(model and model.run.settled and check and check.exact),
        answers=tuple(gallery.answer(question, evidence) for question in asked.questions),
    )


def _state(row: Row) -> tuple[bool, float]:
    """By what is kept, and where that is alike, by what a step takes; not measured comes last."""
    if row.memory is None:
        return True, 0.0
    return False, round(row.memory.state_over_adamw, 3) + row.memory.peak_over_parameters * 1e-6


def _name(row: Row) -> tuple[str, str]:
    subject = row.review.evidence.static.subject
    return subject.class_name.casefold(), subject.module
