"""Do the simulated figures that the boxed child reports hold together?"""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.wire import Checked, Described, NotScaled, Scaled
from optreview.records import ITEM_SIZE
from optreview.shapes import LARGEST_SIZE, MOST_TENSORS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from optreview.evidence.dynamic.wire import Job, Reply
    from optreview.records import ModelShapes, ScaleRun, SelfCheck

#: Bytes of one element, by dtype.
_MOST_STEPS = 1000


def plausible(described: Described, batches: Sequence[int]) -> bool:
    """Whether these can be the parameters of a model, and its activations for these batch sizes."""
    tensors, found = described.tensors, described.activations
    if min(described.held, *(min(each.kept, each.peak) for each in found), 0) < 0:
        return False
    if found and [each.batch for each in found] != list(batches):
        return False
    sizes = [size for each in tensors for size in each.shape]
    names = {each.name for each in tensors}
    return len(names) == len(tensors) <= MOST_TENSORS and all(0 <= size <= LARGEST_SIZE for size in sizes)


def contradiction(replies: Sequence[Reply], job: Job, subject: str) -> str | None:
    """What is wrong with them, or None."""
    scaled = [r for r in replies if isinstance(r, Scaled)]
    asked = {(model.name, device) for model in job.models for device in ("cpu", "cuda")}
    answered = Counter((r.run.model, r.run.device) for r in scaled)
    answered.update((r.unscaled.model, r.unscaled.device) for r in replies if isinstance(r, NotScaled))
    checks = [r.check for r in replies if isinstance(r, Checked)]
    if any(count > 1 for count in answered.values()) or not set(answered) <= asked:
        return "a model was simulated twice, or was not asked for"
    dtypes = {dtype for model in job.models for dtype in model.dtypes}
    if len(checks) > bool(job.models) or not all(_fits(each, dtypes) for each in checks):
        return "the check of the simulation does not fit"
    models = {model.name: model for model in job.models}
    return next((problem for r in scaled if (problem := _run(r, models[r.run.model], subject))), None)


def _fits(check: SelfCheck, dtypes: AbstractSet[str]) -> bool:
    spread = (check.state_spread, check.transient_spread)
    if min(spread) < 0 or not check.dtypes or not dtypes >= set(check.dtypes):
        return False
    return check.exact is not any((check.state_residual, check.transient_residual, *spread))


def _run(reply: Scaled, model: ModelShapes, subject: str) -> str | None:
    run = reply.run
    known = {each.name: prod(each.shape) * ITEM_SIZE[each.dtype] for each in model.tensors}
    if not set(reply.omitted) <= set(known) or len(set(reply.omitted)) < len(reply.omitted):
        return "tensors were omitted that the model does not have"
    size = sum(known.values()) - sum(known[name] for name in reply.omitted)
    if run.optimizer != subject or (run.stand_in and run.device == "cpu"):
        return "a simulation is of something else"
    if run.parameter_bytes != size:
        return "the simulated parameters have another size"
    return _sums(run)


def _sums(run: ScaleRun) -> str | None:
    hidden = sum(b.bytes for b in run.buffers if b.key.startswith("hidden:"))
    figures = (run.first_transient_bytes, run.steady_transient_bytes, run.replayed, run.gradient_bytes)
    if min(*figures, *(b.bytes for b in run.buffers), 0) < 0 or not 1 <= run.steps <= _MOST_STEPS:
        return "a simulated figure is out of range"
    if any(b.created for b in run.buffers):
        return "a simulation says where a buffer was made"
    if run.state_bytes != run.declared_bytes + run.hidden_bytes or hidden != run.hidden_bytes:
        return "simulated declared and hidden bytes are not the state"
    if sum(b.bytes for b in run.buffers) != run.state_bytes:
        return "the simulated buffers do not sum to the state"
    return None
