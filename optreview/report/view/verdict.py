"""Judgements as the page shows them: each with its criterion's words filled in from the measurement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.frozen import Frozen
from optreview.judgement.criteria import BY_DESIGN
from optreview.report.environment import sentence_name
from optreview.report.escaping import Markdown, prose, unmarked
from optreview.report.view import standing

if TYPE_CHECKING:
    import jinja2

    from optreview.judgement.criteria import Criterion
    from optreview.judgement.rubric import Dimension, Rubric
    from optreview.records import Judged, Judgement, Location, Score


class Verdict(Frozen, frozen=True):
    """One criterion with its judgement and the sentence that says it."""

    criterion: Criterion
    judgement: Judgement
    sentence: Markdown

    @property
    def shown_locations(self) -> tuple[Location, ...]:
        """The first few lines behind it; the record has them all."""
        return self._lines()[:3]

    @property
    def hidden_locations(self) -> int:
        """How many more lines there are."""
        return len(self._lines()) - len(self.shown_locations)

    def _lines(self) -> tuple[Location, ...]:
        """Each line once, whatever stands on it."""
        found: dict[tuple[str, int], Location] = {}
        for place in self.judgement.locations:
            found.setdefault((place.file, place.line), place)
        return tuple(found.values())


class DimensionView(Frozen, frozen=True):
    """A score with the verdicts that make it up, the heaviest loss first.

    Attributes:
        adjusted: The score by the project's own rubric; None where it has none.
    """

    dimension: Dimension
    score: Score
    verdicts: tuple[Verdict, ...]
    adjusted: Score | None = None

    @property
    def standing(self) -> str:
        """The place of the score among others; may be empty."""
        return standing.sentence(self.score, self.dimension.above)

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
        return tuple(sorted(lost, key=lambda v: (-(v.judgement.lost or 0.0), v.criterion.id)))

    @property
    def unmeasured(self) -> tuple[Verdict, ...]:
        """Criteria that nobody could judge."""
        absent = [v for v in self.verdicts if v.judgement.outcome in {"not-measured", "errored"}]
        return tuple(sorted(absent, key=lambda v: v.criterion.id))

    @property
    def failures(self) -> tuple[Verdict, ...]:
        """Criteria that are unmet altogether."""
        return tuple(v for v in self.weaknesses if v.judgement.outcome == "unmet")


def build(judged: Judged, rubric: Rubric, environment: jinja2.Environment) -> dict[str, DimensionView]:
    """Dimensions by id, in the rubric's order. A criterion the rubric no longer has is left out."""
    known = {c.id: c for c in rubric.criteria}
    scores = {s.dimension: s for s in judged.scores}
    adjusted = {s.dimension: s for s in judged.adjusted.scores} if judged.adjusted else {}
    return {
        dimension.id: DimensionView(
            dimension=dimension,
            score=scores[dimension.id],
            adjusted=adjusted.get(dimension.id),
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


class Gain(Frozen, frozen=True):
    """What a criterion's remedy would add to the final score."""

    criterion: Criterion
    judgement: Judgement
    points: float


def gains(judged: Judged, rubric: Rubric) -> tuple[Gain, ...]:
    """What could be changed and would raise the final score by a twentieth or more, the largest rise first.

    What an optimizer is by design is no advice to its maintainer and is left out; of criteria that one remedy
    mends together, the heaviest is named.
    """
    known = {c.id: c for c in rubric.criteria}
    found = [
        Gain(criterion=known[j.criterion], judgement=j, points=j.gain)
        for j in judged.judgements
        if j.criterion in known and j.gain is not None and j.gain >= 0.05
    ]
    ranked = sorted(found, key=lambda g: (-g.points, -(g.judgement.lost or 0.0), g.criterion.id))
    first: dict[frozenset[str], Gain] = {}
    for gain in ranked:
        first.setdefault(frozenset(gain.criterion.mended), gain)
    return tuple(first.values())


class Loss(Frozen, frozen=True):
    """Points of the final score that one criterion costs."""

    criterion: Criterion
    judgement: Judgement
    points: float

    @property
    def by_design(self) -> bool:
        """Nobody could win them back without another optimizer."""
        return self.criterion.effort == BY_DESIGN


def losses(judged: Judged, rubric: Rubric) -> tuple[Loss, ...]:
    """Every criterion that costs points, the costliest first; together they are what is missing to ten."""
    known = {c.id: c for c in rubric.criteria}
    found = [
        Loss(criterion=known[j.criterion], judgement=j, points=j.lost)
        for j in judged.judgements
        if j.criterion in known and j.lost
    ]
    return tuple(sorted(found, key=lambda each: (-each.points, each.criterion.id)))


def spoken(verdict: Verdict) -> str:
    """The sentence without Markdown, for a terminal."""
    return unmarked(verdict.sentence)
