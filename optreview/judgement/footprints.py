"""What training a model takes with the class, and with AdamW, as far as the evidence says it."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import msgspec

from optreview import models
from optreview.judgement import fitting
from optreview.judgement.converting import run_of
from optreview.judgement.fitting import ADAMW, Law, Peak, Sizes
from optreview.records import ITEM_SIZE
from optreview.records.scale import ADAMW_PATH

if TYPE_CHECKING:
    from optreview.records import (
        Evidence,
        Footprint,
        Model,
        ScaleEvidence,
        ScaleRun,
        Tier,
        UseCase,
    )

#: AdamW in torch keeps two buffers like the parameter, and a float32 step count for each tensor.
_ADAMW_BUFFERS, _ADAMW_STEP = 2, 4
#: Its temporaries: one tensor at a time takes two of its size beside one of the tensor before; all at once
#: takes one.
_ADAMW_LOOP, _ADAMW_FOREACH = Peak(largest=2.0, before=1.0), Peak(parameters=1.0)

#: Shares of the parameters that differ by less are one, numbers of each tensor aside.
_ALIKE = 0.01


def name(evidence: Evidence) -> str:
    """The class as footprints call it."""
    subject = evidence.static.subject
    return f"{subject.module}:{subject.class_name}"


def frozen(case: UseCase) -> int:
    """Bytes of weights that are held and not trained."""
    if case.frozen is None:
        return 0
    model = models.built_in(case.frozen)
    return sum(prod(t.shape) * ITEM_SIZE[case.dtype] for t in model.tensors)


def scale_of(evidence: Evidence) -> ScaleEvidence | None:
    """What was simulated, or None."""
    return evidence.dynamic.scale if evidence.dynamic else None


def recorded(evidence: Evidence, model: str | None) -> Model | None:
    """A model that was simulated on, by its name."""
    scale = scale_of(evidence)
    return next((m for m in scale.models if m.name == model), None) if scale else None


def along(found: Footprint, peak: Peak | None, model: Sizes) -> Footprint:
    """A simulated footprint with the peak of another path, which is an estimate."""
    return msgspec.structs.replace(found, transient=peak.transient(model) if peak else None, how="law")


def simulated(  # noqa: PLR0913, PLR0917
    evidence: Evidence, case: UseCase, device: str, model: Sizes, held: int, on: str | None
) -> Footprint | None:
    """The class on the model named ``on``, where it was simulated there with all of its tensors."""
    found, scale = recorded(evidence, on), scale_of(evidence)
    if found is None or scale is None or found.omitted or found.dtypes[0] != case.dtype:
        return None
    run = _run(scale.runs, found.name, device)
    return None if run is None else fitting.simulated(run, model, held)


def adamw_simulated(
    evidence: Evidence, device: str, model: Sizes, held: int, on: str | None
) -> Footprint | None:
    """AdamW on the default path of a device, where it was simulated on the model."""
    found, scale = recorded(evidence, on), scale_of(evidence)
    if found is None or scale is None or found.omitted:
        return None
    path = ADAMW_PATH[device]
    run = next((r for r in scale.references if r.model == found.name and r.implementation == path), None)
    return None if run is None else fitting.simulated(run, model, held)


def adamw(case: UseCase, tier: Tier, model: Sizes, held: int) -> Footprint:
    """AdamW by the closed form of its state."""
    peak = _ADAMW_FOREACH if tier.device == "cuda" else _ADAMW_LOOP
    return fitting.computed(ADAMW, adamw_law(case), peak, model, held)


def adamw_law(case: UseCase) -> Law:
    """What its buffers are made of."""
    return Law(float(_ADAMW_BUFFERS * ITEM_SIZE[case.dtype]), _ADAMW_STEP, 0)


def peak(evidence: Evidence, device: str, *, slim: bool) -> Peak | None:
    """How the temporaries of a step grow with a model."""
    if slim:
        return _slim(evidence)
    scale = scale_of(evidence)
    for run in scale.runs if scale else ():
        if run.device == device and not run.options and run.model in models.names():
            model = models.built_in(run.model)
            if sum(prod(t.shape) * ITEM_SIZE[t.dtype] for t in model.tensors) == run.parameter_bytes:
                found = fitting.peak_of(run, fitting.sizes(model))
                if found is not None:
                    return found
    return None


def _slim(evidence: Evidence) -> Peak | None:
    """Of the path with ``foreach=False``, in temporaries of a tensor's size, as the small model has them."""
    loop = run_of(evidence, "for-loop")
    tensors = evidence.dynamic.workload.tensors if evidence.dynamic else ()
    if loop is None or not tensors or not _alike_in_half(evidence):
        return None
    return fitting.loop_peak(loop.peak_transient_bytes / ITEM_SIZE["float32"], (t.shape for t in tensors))


def _alike_in_half(evidence: Evidence) -> bool:
    """Whether float32 tells of bfloat16: a step that widens what it is given holds more there."""
    runs = [run_of(evidence, "default", dtype) for dtype in ("float32", "bfloat16")]
    shares = [run.peak_transient_bytes / run.parameter_bytes for run in runs if run is not None]
    return len(shares) < len(runs) or abs(shares[0] - shares[1]) <= _ALIKE * max(shares)


def _run(runs: tuple[ScaleRun, ...], model: str, device: str) -> ScaleRun | None:
    return next((r for r in runs if r.model == model and r.device == device and not r.options), None)
