"""The evidence at scale, put together from what the boxed child sent and from AdamW on the same tensors."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import msgspec

from optreview.evidence.dynamic.wire import Checked, Grows, NotScaled, Scaled
from optreview.records import Model, ScaleEvidence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.evidence.dynamic.wire import Job, Reply
    from optreview.records import ModelShapes, ScaleRun

    Reference = Callable[[ModelShapes], tuple[ScaleRun, ...]]


def evidence(job: Job, replies: Sequence[Reply], refer: Reference) -> ScaleEvidence | None:
    """None where no model was asked for; ``refer`` simulates AdamW on the tensors of a model."""
    if not job.models:
        return None
    scaled = [r for r in replies if isinstance(r, Scaled)]
    left_out = {r.run.model: set(r.omitted) for r in scaled}
    given = [
        msgspec.structs.replace(
            model, tensors=tuple(t for t in model.tensors if t.name not in left_out[model.name])
        )
        for model in job.models
        if model.name in left_out
    ]
    checks = [r.check for r in replies if isinstance(r, Checked)]
    return ScaleEvidence(
        models=tuple(_model(model, len(left_out[model.name])) for model in given),
        runs=tuple(r.run for r in scaled),
        references=tuple(run for model in given for run in refer(model)),
        unscaled=tuple(r.unscaled for r in replies if isinstance(r, NotScaled)),
        check=checks[0] if checks else None,
        laws=tuple(law for r in replies if isinstance(r, Grows) for law in r.laws),
    )


def joined(found: ScaleEvidence | None, more: ScaleEvidence | None) -> ScaleEvidence | None:
    """What was simulated at first, and then on further models; the check and the laws are the first ones."""
    if found is None or more is None:
        return found or more
    return ScaleEvidence(
        models=found.models + more.models,
        runs=found.runs + more.runs,
        references=found.references + more.references,
        unscaled=found.unscaled + more.unscaled,
        check=found.check or more.check,
        laws=found.laws or more.laws,
    )


def _model(model: ModelShapes, omitted: int) -> Model:
    return Model(
        name=model.name,
        title=model.title,
        dtypes=model.dtypes,
        tensors=len(model.tensors),
        parameters=sum(prod(each.shape) for each in model.tensors),
        omitted=omitted,
        held=model.held,
        activations=model.activations,
        unrun=model.unrun,
    )
