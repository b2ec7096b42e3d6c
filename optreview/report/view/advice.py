"""Recommended settings as the page shows them: the lines, what became of them, and whether the model fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.frozen import Frozen
from optreview.judgement import sizing, tiering, wrappers
from optreview.judgement.recommend import INSIDE
from optreview.models import families
from optreview.report import figures
from optreview.report.escaping import Markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.records import Evidence, Fit, Footprint, Judged, Purpose, Recommendation, Tier, Tried


class Advice(Frozen, frozen=True):
    """A tier with its recommendation; ``tried`` is None where the lines were not run."""

    tier: Tier
    recommendation: Recommendation
    tried: Tried | None


class FitRow(Frozen, frozen=True):
    """One optimizer on one tier."""

    tier: Tier
    subject: bool
    footprint: Footprint
    capacity: int
    fits: bool | None
    needed: int
    largest: Footprint | None
    partly_searched: bool = False
    passes: int | None = None

    @property
    def largest_told(self) -> str:
        """The largest that fits, as far as that is known."""
        if self.largest is None:
            return "not known" if self.partly_searched else "none"
        told = f"{self.largest.model} or larger" if self.partly_searched else self.largest.model
        return told if self.largest.how == "simulated" else f"{told}, estimated"

    @property
    def rough(self) -> bool:
        """Whether the peak of the step is an estimate from other models, and with it what is needed."""
        return self.footprint.how != "simulated" and bool(self.footprint.transient)

    @property
    def together(self) -> Markdown:
        """What is needed; a least amount where the step's peak is not known, an estimate where it is one."""
        if self.footprint.transient is None:
            return Markdown(f"at least {figures.data_size(self.needed)}")
        return self._told(self.needed)

    @property
    def peak(self) -> Markdown:
        """Of a step: as simulated, or an estimate from other models."""
        if self.footprint.transient is None:
            return Markdown("not known")
        return self._told(self.footprint.transient)

    @property
    def room(self) -> Markdown:
        """What is left, as exactly as what is needed is known."""
        return self._told(self.left)

    def _told(self, size: int) -> Markdown:
        return Markdown(f"about {figures.rough_size(size)}" if self.rough else figures.data_size(size))

    @property
    def left(self) -> int:
        """Bytes that are left for what is not counted: the framework, and activations where they are not."""
        return self.capacity - self.needed


class Fitting(Frozen, frozen=True):
    """All tiers: rows, why some have none of the subject's, and the family that was looked through."""

    rows: tuple[FitRow, ...]
    model: str
    dtype: str
    reason: str
    family: str | None
    to_simulate: bool
    law: bool
    estimated: bool
    around: str
    further: bool
    unrun: str = ""

    @property
    def passes(self) -> bool:
        """Whether the forward and the backward pass were counted."""
        return all(row.passes is not None for row in self.rows)

    @property
    def some(self) -> bool:
        """Whether some tier has figures of the subject's."""
        return any(row.subject for row in self.rows)

    @property
    def partly_searched(self) -> bool:
        """The largest model was looked for among simulated ones alone."""
        return any(row.partly_searched for row in self.rows)


def build(evidence: Evidence, judged: Judged, purpose: Purpose) -> tuple[Advice, ...]:
    """Recommendations for the tiers that were asked for, in their order."""
    by_id = {r.tier: r for r in judged.recommendations}
    return tuple(
        Advice(tier=tier, recommendation=by_id[tier.id], tried=tried(evidence, by_id[tier.id].snippet))
        for tier in purpose.tiers
        if tier.id in by_id
    )


def tried(evidence: Evidence, text: str) -> Tried | None:
    """What became of these very lines."""
    found = evidence.dynamic.tried if evidence.dynamic else ()
    return next((each for each in found if each.text == text), None)


def carries(advice: tuple[Advice, ...], purpose: Purpose) -> bool:
    """Whether anything printed comes from the job's usual setting."""
    reasons = (f"{purpose.use_case.optimizer.name}'s ", "the job's ")
    found = [each.recommendation for each in advice]
    return any(each.scaling.startswith(INSIDE) for each in found) or any(
        s.source or s.reason.startswith(reasons) for each in found for s in each.settings
    )


def fitting(evidence: Evidence, judged: Judged, purpose: Purpose) -> Fitting | None:
    """Whether the use case's model fits; None where it has none."""
    fits = {r.tier: r.fit for r in judged.recommendations if r.fit is not None}
    rows = tuple(row for tier in purpose.tiers if tier.id in fits for row in _rows(tier, fits[tier.id]))
    if not rows:
        return None
    family = purpose.use_case.family
    return Fitting(
        rows=rows,
        model=rows[0].footprint.model,
        dtype=purpose.use_case.dtype,
        reason=next((fit.reason for fit in fits.values() if fit.reason), ""),
        family=families.family(family).title if family else None,
        to_simulate=tiering.to_simulate(evidence, purpose.use_case) is not None,
        unrun=next((fit.unrun for fit in fits.values() if fit.unrun), ""),
        law=any(row.footprint.how == "law" for row in rows),
        estimated=_estimated(evidence),
        around=wrappers.around(evidence),
        further=evidence.dynamic is not None and any(_further(evidence, purpose)),
    )


def _estimated(evidence: Evidence) -> bool:
    """Whether a simulation of the class was held against a real run, and not to the byte the same."""
    scale = evidence.dynamic.scale if evidence.dynamic else None
    return scale is not None and scale.check is not None and not scale.check.exact


def _further(evidence: Evidence, purpose: Purpose) -> Iterator[bool]:
    """Whether a simulation would tell more of the largest model on a tier."""
    for tier in purpose.tiers:
        slim = tiering.slim(evidence, purpose.use_case, tier)
        yield sizing.next_size(sizing.Search(evidence, purpose.use_case, tier, slim)) is not None


def _rows(tier: Tier, fit: Fit) -> list[FitRow]:
    """The subject, and AdamW unless that is the subject."""
    found = []
    if fit.own is not None:
        found.append(_row(tier, fit, fit.own, fit.fits, fit.largest, subject=True))
    if fit.adamw is not None and not (fit.own and fit.own.optimizer.endswith(":AdamW")):
        fits = fit.needed(fit.adamw) <= fit.capacity
        found.append(_row(tier, fit, fit.adamw, fits, fit.largest_adamw, subject=False))
    return found


def _row(  # noqa: PLR0913
    tier: Tier, fit: Fit, own: Footprint, fits: bool | None, largest: Footprint | None, *, subject: bool
) -> FitRow:
    return FitRow(
        tier=tier,
        subject=subject,
        footprint=own,
        capacity=fit.capacity,
        fits=fits,
        needed=fit.needed(own),
        largest=largest,
        partly_searched=subject and fit.partly_searched,
        passes=fit.passes,
    )
