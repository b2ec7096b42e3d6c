"""Does training resumed from a distributed checkpoint continue as if it had never stopped?"""

from __future__ import annotations

import importlib
import tempfile
from typing import TYPE_CHECKING

from optreview.evidence.dynamic import failures
from optreview.evidence.dynamic.trials.likeness import bitwise, farthest
from optreview.evidence.dynamic.trials.probe import Answer, Probe, by_design, failed, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 7
#: Imported when it is needed: it takes a tenth of a second.
_CHECKPOINTS = "optreview.evidence.dynamic.probes._checkpoints"


class DistributedCheckpointResumes(Probe):
    """Does training resumed from a distributed checkpoint continue as if it had never stopped?

    With ``torch.distributed.checkpoint`` in one process: seven steps; ``get_state_dict``, ``save``, ``load``
    and ``set_state_dict`` into a new model and optimizer; seven more. The weights must be bitwise those of a
    run that was not interrupted.
    """

    care = "medium"
    failing = (
        "Checkpoints of FSDP2 and torchtitan are written this way: a run resumed from one is another run, or "
        "cannot be resumed. PyTorch's loader makes the state by a step with zero gradients and an lr of zero."
    )
    designed = (
        "A step that needs a closure (LBFGS) or sparse gradients (SparseAdam): the loader gives neither."
    )
    source = "https://docs.pytorch.org/tutorials/recipes/distributed_checkpoint_recipe.html"

    @classmethod
    def warm_up(cls) -> None:
        """Import what the checkpoints need."""
        importlib.import_module(_CHECKPOINTS)

    def ask(self, stage: Stage) -> Answer:
        """Interrupt a run, resume it in a new instance, and compare with one that was not interrupted."""
        checkpoints = importlib.import_module(_CHECKPOINTS)
        whole, first, resumed = (stage.trial(FEW) for _ in range(3))
        whole.run(2 * _STEPS)
        first.run(_STEPS)
        with tempfile.TemporaryDirectory() as folder:
            try:
                checkpoints.save(first, folder)
                checkpoints.load(resumed, folder)
                resumed.run(_STEPS, start=_STEPS)
            except (Exception, checkpoints.CheckpointException) as raised:
                error = checkpoints.first(raised)
                if failures.denied(error) or failures.out_of_memory(error):
                    raise
                sparse = any(p.grad is not None and p.grad.is_sparse for p in whole.parameters)
                return _refused(stage, error, sparse=sparse)
        if bitwise(resumed.weights(), whole.weights()):
            return passed(f"{_STEPS} steps after loading gave bitwise the weights of a run in one piece.")
        apart = farthest(resumed.weights(), whole.weights())
        return failed(f"{_STEPS} steps after loading gave weights up to {apart:.1e} from a run in one piece.")


def _refused(stage: Stage, error: BaseException, *, sparse: bool) -> Answer:
    said, plan = stage.said(error), stage.plan
    needs = "a closure" if plan.closure else "a gradient with a graph" if plan.needs_graph else ""
    needs = needs or ("sparse gradients" if sparse else "")
    if needs:
        return by_design(f"Its step needs {needs}, and PyTorch's loader steps without: {said}.")
    return failed(f"Resuming from a distributed checkpoint raised {said}.", *stage.raised_at(error))
