"""The largest model of a family that fits a tier: what is known of each size, and which to simulate next.

A size that was simulated counts by that; the others by the law of the class's buffers and the peaks of steps
on other models, where there are both. What neither says is not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import msgspec

from optreview.judgement import fitting, footprints
from optreview.judgement.fitting import Sizes
from optreview.models import families
from optreview.records import ITEM_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.judgement.fitting import Law, Peak
    from optreview.records import Evidence, Fit, Footprint, ModelShapes, Tier, UseCase

GIB = 1 << 30


@dataclass(frozen=True)
class Search:
    """The class on a tier: ``slim`` where its settings take another path than the simulated one."""

    evidence: Evidence
    case: UseCase
    tier: Tier
    slim: bool

    @property
    def capacity(self) -> int:
        """Bytes of the tier."""
        return round(self.tier.gib * GIB)

    @cached_property
    def held(self) -> int:
        """Bytes that are held and not trained."""
        return footprints.frozen(self.case)

    @cached_property
    def sizes(self) -> tuple[Sizes, ...]:
        """The members, small to large."""
        return members(self.case.family or "", self.case.dtype)

    @cached_property
    def law(self) -> tuple[Law, Peak] | None:
        """What the class keeps, and what its step needs, on any model; None without both."""
        law, _ = fitting.own_law(self.evidence, self.case.dtype)
        return (law, self.peak) if law is not None and self.peak is not None else None

    @cached_property
    def peak(self) -> Peak | None:
        """Of the path that the settings take."""
        return footprints.peak(self.evidence, self.tier.device, slim=self.slim)

    @cached_property
    def least(self) -> float:
        """Bytes of state for each element, at the least."""
        return fitting.least_state(self.evidence, self.case.dtype)

    def possible(self, model: Sizes) -> bool:
        """Whether weights, gradients, what is held and the least of state fit: less is not possible."""
        each = 2 * model.item + self.least
        return model.parameters * each + self.held <= self.capacity

    def name(self, model: Sizes) -> str | None:
        """What the member is called among the simulated models, in the job's dtype."""
        scale = footprints.scale_of(self.evidence)
        found = scale.models if scale else ()
        wanted = (model.title, (self.case.dtype,))
        return next((m.name for m in found if (m.title, m.dtypes) == wanted), None)

    def simulated(self, model: Sizes) -> Footprint | None:
        """The class on the member, where it was simulated there."""
        on, device = self.name(model), self.tier.device
        found = footprints.simulated(self.evidence, self.case, device, model, self.held, on)
        return footprints.along(found, self.peak, model) if found is not None and self.slim else found

    def by_law(self, model: Sizes) -> Footprint | None:
        """The class on the member by its law."""
        if self.law is None:
            return None
        return fitting.computed(footprints.name(self.evidence), *self.law, model, self.held)

    def own(self, model: Sizes) -> Footprint | None:
        """The better of the two; None where neither is known, or the peak is not."""
        found = self.simulated(model)
        return found if found is not None and found.transient is not None else self.by_law(model)

    def adamw(self, model: Sizes) -> Footprint:
        """AdamW on the member."""
        on = self.name(model)
        found = footprints.adamw_simulated(self.evidence, self.tier.device, model, self.held, on)
        return found or footprints.adamw(self.case, self.tier, model, self.held)

    def refused(self, model: Sizes) -> bool:
        """Whether simulating it was tried, and failed."""
        scale = footprints.scale_of(self.evidence)
        name = families.member(self.case.family or "", model.title, self.case.dtype).name
        known = {name, self.name(model)}
        return scale is not None and any(each.model in known for each in scale.unscaled)


def with_largest(found: Fit, search: Search) -> Fit:
    """The fit with the largest member for which there is room; an unknown one above it is told."""
    own = [search.own(each) for each in search.sizes]
    best = _largest(own, found.capacity)
    above = best.parameters if best else 0
    unknown = (size for size, each in zip(search.sizes, own, strict=True) if each is None)
    return msgspec.structs.replace(
        found,
        largest=best,
        largest_adamw=_largest([search.adamw(each) for each in search.sizes], found.capacity),
        partly_searched=any(each.parameters > above and search.possible(each) for each in unknown),
    )


def next_size(search: Search) -> ModelShapes | None:
    """The member to simulate next, until the largest that fits is simulated, and the one above it.

    The law says where to begin, where there is one; else it is the largest that is not known to be too large.
    """
    if search.case.family is None or (search.slim and (search.law is not None or search.peak is None)):
        return None
    sizes = [each for each in search.sizes if search.possible(each)]
    found = [search.simulated(each) for each in sizes]
    if any(search.refused(each) for each in sizes):
        return None
    totals = [each.total if each is not None else None for each in found]
    low = max((i for i, total in enumerate(totals) if total and total <= search.capacity), default=-1)
    high = next((i for i, total in enumerate(totals) if total and total > search.capacity), len(sizes))
    if high - low <= 1:
        return None
    guess = min(max(_guess(search, sizes), low + 1), high - 1)
    return families.member(search.case.family, sizes[guess].title, search.case.dtype)


def _guess(search: Search, sizes: Sequence[Sizes]) -> int:
    """Where the largest is by the law; the last place without one."""
    if search.law is None:
        return len(sizes) - 1
    totals = [each.total if (each := search.by_law(size)) else 0 for size in sizes]
    return max((place for place, total in enumerate(totals) if total <= search.capacity), default=0)


@cache
def members(family: str, dtype: str) -> tuple[Sizes, ...]:
    """The family, small to large."""
    item = ITEM_SIZE[dtype]
    return tuple(
        Sizes(m.title, m.shapes, item, neighbours=m.neighbours) for m in families.family(family).members
    )


def _largest(found: Sequence[Footprint | None], capacity: int) -> Footprint | None:
    fitting_ones = [each for each in found if each is not None and each.total <= capacity]
    return max(fitting_ones, key=lambda each: each.parameters) if fitting_ones else None
