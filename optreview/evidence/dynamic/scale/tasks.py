"""The simulations of one job, each a phase of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from optreview.evidence.dynamic.scale.check import MODEL, check
from optreview.evidence.dynamic.scale.law import laws
from optreview.evidence.dynamic.scale.run import Scene, simulate
from optreview.evidence.dynamic.tasks import Task, problem
from optreview.evidence.dynamic.wire import Checked, Grows, NotScaled, Scaled
from optreview.records import Unscaled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.evidence.dynamic.memory.run import Subject
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.wire import Job, Reply
    from optreview.records import Failure, ModelShapes


def simulations(job: Job, subject: Subject, plan: Plan) -> Iterator[Task]:
    """Every model on both devices, after the check of the simulation itself."""
    if job.models and not job.unchecked:
        yield Task("checking the simulation", partial(_check, subject, plan, job.models), problem)
        if not job.only_memory:
            yield Task("finding how memory grows", partial(_grows, subject, plan), problem)
    for model in job.models:
        for device in ("cpu", "cuda"):
            scene = Scene(model=accepted(model, plan), device=device)
            yield Task(
                f"simulating {model.name} on {device}",
                partial(_simulate, subject, plan, scene, model),
                partial(_unscaled, scene),
            )


def _grows(subject: Subject, plan: Plan) -> Reply:
    return Grows(laws=laws(subject, plan))


def _check(subject: Subject, plan: Plan, models: Sequence[ModelShapes]) -> Reply:
    """In the dtypes of the models, those of most tensors first."""
    dtypes = dict.fromkeys(dtype for model in models for dtype in model.dtypes)
    return Checked(check=check(subject, plan, tuple(dtypes), accepted(MODEL, plan)))


def _simulate(subject: Subject, plan: Plan, scene: Scene, whole: ModelShapes) -> Reply:
    given = {each.name for each in scene.model.tensors}
    omitted = tuple(each.name for each in whole.tensors if each.name not in given)
    return Scaled(run=simulate(subject, plan, scene), omitted=omitted)


def _unscaled(scene: Scene, failure: Failure) -> Reply:
    return NotScaled(unscaled=Unscaled(model=scene.model.name, device=scene.device, failure=failure))


def accepted(model: ModelShapes, plan: Plan) -> ModelShapes:
    """The model without the tensors whose kind the optimizer refuses."""
    tensors = tuple(t for t in model.tensors if plan.accepts(t.shape))
    return msgspec.structs.replace(model, tensors=tensors)
