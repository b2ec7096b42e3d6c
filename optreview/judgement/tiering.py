"""Whether the use case's model fits a tier, beside AdamW, and what to simulate to find out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview import models
from optreview.errors import InputError
from optreview.judgement import converting, fitting, footprints, sizing, usecase
from optreview.judgement.fitting import Sizes
from optreview.records import ITEM_SIZE, Fit

if TYPE_CHECKING:
    from optreview.judgement.fitting import Law, Peak
    from optreview.records import Evidence, Footprint, ModelShapes, Tier, UseCase

_DEVICES = {"cuda": "CUDA", "cpu": "the CPU"}
_MIXED = "its parameters are of several dtypes, of which no law is known"


def fit(evidence: Evidence, case: UseCase, tier: Tier, *, slim: bool) -> Fit | None:
    """The use case's model on a tier; None where the use case has no model.

    Args:
        evidence: Of the optimizer.
        case: With the model.
        tier: With its memory.
        slim: The settings take the path with the smaller temporaries, ``foreach=False``.
    """
    model = model_of(evidence, case)
    if model is None:
        return None
    recorded = footprints.recorded(evidence, case.model)
    held = footprints.frozen(case) + (recorded.held if recorded else 0)
    passes = next((a for a in recorded.activations if a.batch == tier.batch), None) if recorded else None
    law, reason = _law(evidence, case)
    peak = footprints.peak(evidence, tier.device, slim=slim)
    own = _own(evidence, case, tier, model, held, law, peak, slim=slim)
    found = Fit(
        capacity=round(tier.gib * sizing.GIB),
        own=own,
        adamw=footprints.adamw_simulated(evidence, tier.device, model, held, case.model)
        or footprints.adamw(case, tier, model, held),
        reason="" if own is not None else reason,
        activations=passes.kept if passes else None,
        passes=passes.peak if passes else None,
        unrun=recorded.unrun if recorded else "",
    )
    if case.family is None:
        return found
    return sizing.with_largest(found, sizing.Search(evidence, case, tier, slim=slim))


def slim(evidence: Evidence, case: UseCase, tier: Tier) -> bool:
    """Whether a tier's settings take ``foreach=False``: temporaries shrink with it on the job's model too.

    Where nothing is known of that model, the small one decides.
    """
    if not converting.slim(evidence, tier):
        return False
    model = model_of(evidence, case)
    if model is None:
        return True
    leaner = footprints.peak(evidence, tier.device, slim=True)
    usual = _usual_peak(evidence, case, tier, model)
    loop = leaner.transient(model) if leaner else None
    return usual is None or loop is None or loop < usual


def _usual_peak(evidence: Evidence, case: UseCase, tier: Tier, model: Sizes) -> int | None:
    """Temporaries along the default path: simulated, or as the steps on other models have them."""
    found = footprints.simulated(evidence, case, tier.device, model, 0, case.model)
    if found is not None:
        return found.transient
    peak = footprints.peak(evidence, tier.device, slim=False)
    return peak.transient(model) if peak else None


def own(evidence: Evidence, case: UseCase, model: Sizes) -> Footprint | None:
    """What the model takes without a step: simulated on either device, or by the law, or None."""
    for device in ("cpu", "cuda"):
        if found := footprints.simulated(evidence, case, device, model, 0, case.model):
            return found
    law, _ = _law(evidence, case)
    return fitting.computed(footprints.name(evidence), law, None, model, 0) if law else None


def beside_adamw(evidence: Evidence, case: UseCase) -> tuple[Footprint, Footprint, str] | None:
    """The class and AdamW on the job's model, each simulated on its default path of a device, and where."""
    model, held = model_of(evidence, case), footprints.frozen(case)
    if model is None:
        return None
    for device in ("cuda", "cpu"):
        found = footprints.simulated(evidence, case, device, model, held, case.model)
        beside = footprints.adamw_simulated(evidence, device, model, held, case.model)
        if found is not None and beside is not None:
            return (
                found,
                beside,
                f"simulated on {model.title}, each on its default path on {_DEVICES[device]}",
            )
    return None


def to_simulate(evidence: Evidence, case: UseCase) -> ModelShapes | None:
    """The job's model, where its fit hangs on a simulation that nobody has tried."""
    dynamic = evidence.dynamic
    if dynamic is None or case.model not in models.names() or _law(evidence, case)[0]:
        return None
    scale = dynamic.scale
    tried = {m.name for m in scale.models} | {each.model for each in scale.unscaled} if scale else set()
    return None if case.model in tried else usecase.shapes(case)


def adamw_state(case: UseCase, model: Sizes) -> int:
    """AdamW's state on a model."""
    return footprints.adamw_law(case).state(model)


def model_of(evidence: Evidence, case: UseCase) -> Sizes | None:
    """The use case's model: a built-in one, or the shapes that the record was made with."""
    if case.model is None:
        return None
    try:
        return fitting.sizes(usecase.in_dtype(case.model, case.dtype))
    except InputError:
        return _as_recorded(evidence, case)


def _as_recorded(evidence: Evidence, case: UseCase) -> Sizes | None:
    """Of the user's own model the record has the number of parameters and of tensors, and no shapes."""
    found = footprints.recorded(evidence, case.model)
    if found is None or not found.tensors:
        return None
    each, rest = divmod(found.parameters, found.tensors)
    shapes = (((each,), found.tensors - rest), ((each + 1,), rest))
    return Sizes(found.title, tuple(s for s in shapes if s[1]), ITEM_SIZE[found.dtypes[0]], shaped=False)


def _law(evidence: Evidence, case: UseCase) -> tuple[Law | None, str]:
    """The class's law for the job's model, or why there is none there."""
    recorded = footprints.recorded(evidence, case.model)
    if recorded is not None and len(recorded.dtypes) > 1:
        return None, _MIXED
    law, reason = fitting.own_law(evidence, case.dtype)
    scale = footprints.scale_of(evidence)
    failed = next((u for u in scale.unscaled if u.model == case.model), None) if scale and not law else None
    if failed is not None:
        return None, failed.failure.message.rstrip(".")
    return law, reason


def _own(  # noqa: PLR0913, PLR0917
    evidence: Evidence,
    case: UseCase,
    tier: Tier,
    model: Sizes,
    held: int,
    law: Law | None,
    peak: Peak | None,
    *,
    slim: bool,
) -> Footprint | None:
    """Simulated, or by the law; with another path than the simulated one its state, and the other's peak."""
    found = footprints.simulated(evidence, case, tier.device, model, held, case.model)
    if found is not None and not slim:
        return found
    if law is not None:
        return fitting.computed(footprints.name(evidence), law, peak, model, held)
    if found is None:
        return None
    return footprints.along(found, peak, model)
