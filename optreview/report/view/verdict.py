"""Judgements as the page shows them: each with its criterion's words filled in from the measurement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.report.environment import sentence_name
from optreview.report.escaping import Markdown, prose, unmarked

if TYPE_CHECKING:
    import jinja2

    from optreview.judgement.criteria import Criterion
    from optreview.judgement.rubric import Dimension, Rubric
    from optreview.records import Judged, Judgement, Location, Score


@dataclass(frozen=True)
class Verdict:
    """One criterion with its judgement and the sentence that says it."""

    criterion: Criterion
    judgement: Judgement
    sentence: Markdown

    @property
    def shown_locations(self) -> tuple[Location, ...]:
        """The first few lines behind it; the record has them all."""
        return self.judgement.locations[:3]

    @property
    def hidden_locations(self) -> int:
        """How many more lines there are."""
        return len(self.judgement.locations) - len(self.shown_locations)


@dataclass(frozen=True)
class DimensionView:
    """A score with the verdicts that make it up, the heaviest loss first."""

    dimension: Dimension
    score: Score
    verdicts: tuple[Verdict, ...]

    @property
    def short(self) -> str:
        """A heading for narrow columns."""
        return self.dimension.id.replace("_", " ").capitalize()

    @property
    def strengths(self) -> tuple[Verdict, ...]:
        """Criteria that are met, the weightiest first."""
        met = [v for v in self.verdicts if v.judgement.outcome == "met"]
        return tuple(sorted(met, key=lambda v: (-v.criterion.weight, v.criterion.id)))

    @property
    def weaknesses(self) -> tuple[Verdict, ...]:
        """Criteria that are partly met or unmet, the heaviest loss first."""
        lost = [v for v in self.verdicts if v.judgement.outcome in {"partly", "unmet"}]
        return tuple(sorted(lost, key=lambda v: (-(v.judgement.gain or 0.0), v.criterion.id)))

    @property
    def failures(self) -> tuple[Verdict, ...]:
        """Criteria that are unmet altogether."""
        return tuple(v for v in self.weaknesses if v.judgement.outcome == "unmet")


def build(judged: Judged, rubric: Rubric, environment: jinja2.Environment) -> dict[str, DimensionView]:
    """Dimensions by id, in the rubric's order. A criterion the rubric no longer has is left out."""
    known = {c.id: c for c in rubric.criteria}
    scores = {s.dimension: s for s in judged.scores}
    return {
        dimension.id: DimensionView(
            dimension=dimension,
            score=scores[dimension.id],
            verdicts=tuple(
                _verdict(known[j.criterion], j, environment)
                for j in sorted(judged.judgements, key=lambda j: (-j.weight, j.criterion))
                if j.dimension == dimension.id and j.criterion in known
            ),
        )
        for dimension in rubric.dimensions
        if dimension.id in scores
    }


def _verdict(criterion: Criterion, judgement: Judgement, environment: jinja2.Environment) -> Verdict:
    return Verdict(
        criterion=criterion, judgement=judgement, sentence=_sentence(criterion, judgement, environment)
    )


def _sentence(criterion: Criterion, judgement: Judgement, environment: jinja2.Environment) -> Markdown:
    if judgement.points is None:
        return prose(judgement.note)
    name = sentence_name(criterion.id, "strength" if judgement.outcome == "met" else "weakness")
    # A template over escaped values: what the reviewed code says can fill a blank, never add one.
    filled = environment.get_template(name).render(value=judgement.value, note=prose(judgement.note))
    return Markdown(filled.strip().replace(" ()", ""))


@dataclass(frozen=True)
class Gain:
    """What meeting one criterion would add to the final score."""

    criterion: Criterion
    judgement: Judgement
    points: float


def gains(judged: Judged, rubric: Rubric) -> tuple[Gain, ...]:
    """What could be changed and would raise the final score by a tenth or more, the largest rise first.

    What an optimizer is by design is no advice to its maintainer and is left out.
    """
    known = {c.id: c for c in rubric.criteria}
    found = [
        Gain(criterion=known[j.criterion], judgement=j, points=j.gain)
        for j in judged.judgements
        if j.criterion in known and j.gain is not None and j.gain >= 0.05
    ]
    changeable = [g for g in found if g.criterion.effort != "by design"]
    return tuple(sorted(changeable, key=lambda g: (-g.points, g.criterion.id)))


def spoken(verdict: Verdict) -> str:
    """The sentence without Markdown, for a terminal."""
    return unmarked(verdict.sentence)
