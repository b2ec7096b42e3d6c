"""Whether the use case's model fits a tier, beside AdamW, and the largest model of its family that does."""

from __future__ import annotations

from functools import cache
from math import prod
from typing import TYPE_CHECKING

import msgspec

from optreview import models
from optreview.errors import InputError
from optreview.judgement import fitting, usecase
from optreview.judgement.converting import run_of
from optreview.judgement.fitting import ADAMW, Law, Peak, Sizes
from optreview.models import families
from optreview.records import ITEM_SIZE, Fit
from optreview.records.scale import ADAMW_PATH

if TYPE_CHECKING:
    from optreview.records import (
        Evidence,
        Footprint,
        Model,
        ModelShapes,
        ScaleEvidence,
        ScaleRun,
        Tier,
        UseCase,
    )

_GIB = 1 << 30
#: AdamW in torch keeps two buffers like the parameter, and a float32 step count for each tensor.
_ADAMW_BUFFERS, _ADAMW_STEP = 2, 4
#: Its temporaries: one tensor at a time takes two of its size; all at once takes one.
_ADAMW_LOOP, _ADAMW_FOREACH = Peak(largest=2.0), Peak(parameters=1.0)


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
    recorded = _recorded(evidence, case)
    frozen = _frozen(case) + (recorded.held if recorded else 0)
    passes = next((a for a in recorded.activations if a.batch == tier.batch), None) if recorded else None
    capacity = round(tier.gib * _GIB)
    law, reason = fitting.own_law(evidence, case.dtype)
    peak = _peak(evidence, tier, slim=slim)
    own = _simulated(evidence, case, tier.device, model, frozen) if not slim else None
    if own is None and law is not None:
        own = fitting.computed(_name(evidence), law, peak, model, frozen)
    found = Fit(
        capacity=capacity,
        own=own,
        adamw=_adamw_simulated(evidence, case, tier, model, frozen) or _adamw(case, tier, model, frozen),
        reason="" if own is not None else reason,
        activations=passes.kept if passes else None,
        passes=passes.peak if passes else None,
        unrun=recorded.unrun if recorded else "",
    )
    return _with_largest(found, evidence, case, tier, law, peak) if case.family is not None else found


def own(evidence: Evidence, case: UseCase, model: Sizes) -> Footprint | None:
    """What the model takes without a step: simulated on either device, or by the law, or None."""
    for device in ("cpu", "cuda"):
        if found := _simulated(evidence, case, device, model, 0):
            return found
    law, _ = fitting.own_law(evidence, case.dtype)
    return fitting.computed(_name(evidence), law, None, model, 0) if law else None


def to_simulate(evidence: Evidence, case: UseCase) -> ModelShapes | None:
    """The job's model, where its fit hangs on a simulation that nobody has tried."""
    dynamic = evidence.dynamic
    if dynamic is None or case.model not in models.names() or fitting.own_law(evidence, case.dtype)[0]:
        return None
    tried = {m.name for m in dynamic.scale.models} if dynamic.scale else set()
    tried |= {each.model for each in dynamic.scale.unscaled} if dynamic.scale else set()
    return None if case.model in tried else usecase.shapes(case)


def adamw_state(case: UseCase, model: Sizes) -> int:
    """AdamW's state on a model."""
    return _adamw_law(case).state(model)


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
    found = _recorded(evidence, case)
    if found is None or len(found.dtypes) != 1 or not found.tensors:
        return None
    each, rest = divmod(found.parameters, found.tensors)
    shapes = (((each,), found.tensors - rest), ((each + 1,), rest))
    return Sizes(found.title, tuple(s for s in shapes if s[1]), ITEM_SIZE[found.dtypes[0]], shaped=False)


def _recorded(evidence: Evidence, case: UseCase) -> Model | None:
    scale = evidence.dynamic.scale if evidence.dynamic else None
    return next((m for m in scale.models if m.name == case.model), None) if scale else None


def _frozen(case: UseCase) -> int:
    if case.frozen is None:
        return 0
    model = models.built_in(case.frozen)
    return sum(prod(t.shape) * ITEM_SIZE[case.dtype] for t in model.tensors)


def _name(evidence: Evidence) -> str:
    subject = evidence.static.subject
    return f"{subject.module}:{subject.class_name}"


def _simulated(evidence: Evidence, case: UseCase, device: str, model: Sizes, frozen: int) -> Footprint | None:
    scale = evidence.dynamic.scale if evidence.dynamic else None
    run = _run(scale, case.model or "", device)
    recorded = _recorded(evidence, case)
    if run is None or recorded is None or recorded.dtypes != (case.dtype,):
        return None
    if run.parameter_bytes != model.parameters * model.item:
        return None  # some of its tensors are another optimizer's
    return fitting.simulated(run, model, frozen)


def _run(scale: ScaleEvidence | None, model: str, device: str) -> ScaleRun | None:
    runs = scale.runs if scale else ()
    return next((r for r in runs if r.model == model and r.device == device and not r.options), None)


def _peak(evidence: Evidence, tier: Tier, *, slim: bool) -> Peak | None:
    """How the temporaries of a step grow with a model."""
    if slim:
        loop = run_of(evidence, "for-loop")
        tensors = evidence.dynamic.workload.tensors if evidence.dynamic else ()
        if loop is None or not tensors:
            return None
        largest = max(prod(t.shape) for t in tensors) * ITEM_SIZE["float32"]
        return Peak(largest=loop.peak_transient_bytes / largest)
    scale = evidence.dynamic.scale if evidence.dynamic else None
    for run in scale.runs if scale else ():
        if run.device == tier.device and not run.options and run.model in models.names():
            model = models.built_in(run.model)
            if sum(prod(t.shape) * ITEM_SIZE[t.dtype] for t in model.tensors) == run.parameter_bytes:
                found = fitting.peak_of(run, fitting.sizes(model))
                if found is not None:
                    return found
    return None


def _adamw(case: UseCase, tier: Tier, model: Sizes, frozen: int) -> Footprint:
    peak = _ADAMW_FOREACH if tier.device == "cuda" else _ADAMW_LOOP
    return fitting.computed(ADAMW, _adamw_law(case), peak, model, frozen)


def _adamw_law(case: UseCase) -> Law:
    return Law(float(_ADAMW_BUFFERS * ITEM_SIZE[case.dtype]), _ADAMW_STEP, 0)


def _adamw_simulated(
    evidence: Evidence, case: UseCase, tier: Tier, model: Sizes, frozen: int
) -> Footprint | None:
    """AdamW on the default path of the tier's device, where it was simulated on the model."""
    scale = evidence.dynamic.scale if evidence.dynamic else None
    path = ADAMW_PATH[tier.device]
    runs = scale.references if scale else ()
    run = next((r for r in runs if r.model == case.model and r.implementation == path), None)
    if run is None or run.parameter_bytes != model.parameters * model.item:
        return None
    return fitting.simulated(run, model, frozen)


def _with_largest(  # noqa: PLR0913, PLR0917
    found: Fit, evidence: Evidence, case: UseCase, tier: Tier, law: Law | None, peak: Peak | None
) -> Fit:
    """The largest member that fits; what is not known of the optimizer's own is not guessed."""
    frozen = _frozen(case)
    members = _members(case.family or "", case.dtype)
    by_law = law is not None and peak is not None
    own = [_member(evidence, case, tier, m, law if by_law else None, peak, frozen) for m in members]
    adamw = [_adamw(case, tier, m, frozen) for m in members]
    largest = _largest([each for each in own if each is not None], found.capacity)
    return msgspec.structs.replace(
        found,
        largest=largest,
        largest_adamw=_largest(adamw, found.capacity),
        partly_searched=own[-1] is None,
    )


def _member(  # noqa: PLR0913, PLR0917
    evidence: Evidence,
    case: UseCase,
    tier: Tier,
    model: Sizes,
    law: Law | None,
    peak: Peak | None,
    frozen: int,
) -> Footprint | None:
    """The optimizer on a member of the family: by its law, else where it was simulated on that one."""
    if law is not None:
        return fitting.computed(_name(evidence), law, peak, model, frozen)
    scale = evidence.dynamic.scale if evidence.dynamic else None
    names = [m.name for m in scale.models if m.title == model.title] if scale else []
    named = (msgspec.structs.replace(case, model=name) for name in names)
    return next((f for each in named if (f := _simulated(evidence, each, tier.device, model, frozen))), None)


def _largest(found: list[Footprint], capacity: int) -> Footprint | None:
    fitting_ones = [each for each in found if each.total <= capacity]
    return max(fitting_ones, key=lambda each: each.parameters) if fitting_ones else None


@cache
def _members(family: str, dtype: str) -> tuple[Sizes, ...]:
    item = ITEM_SIZE[dtype]
    return tuple(Sizes(m.title, m.shapes, item) for m in families.family(family).members)
