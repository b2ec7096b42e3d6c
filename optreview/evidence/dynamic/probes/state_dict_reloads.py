"""Does training resumed from ``state_dict()`` continue as if it had never stopped?"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.likeness import bitwise, farthest
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, passed

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 7


class StateDictReloads(Probe):
    """Does training resumed from a checkpoint continue as if it had never stopped?

    Seven steps, ``state_dict`` loaded into a new instance, seven more: the weights must be bitwise those of a
    run that was not interrupted.
    """

    care = "high"
    failing = "A run that is resumed from a checkpoint is another run than one that was not interrupted."
    source = "https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.load_state_dict.html"

    def ask(self, stage: Stage) -> Answer:
        """Interrupt a run, resume it in a new instance, and let the first one go on beside it."""
        first = stage.trial()
        first.run(_STEPS)
        resumed = stage.trial(tensors=first.weights())
        try:
            resumed.optimizer.load_state_dict(copy.deepcopy(first.optimizer.state_dict()))
            resumed.run(_STEPS, start=_STEPS)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            return failed(f"Resuming from its own state_dict raised {stage.said(error)}.")
        first.run(_STEPS)
        if bitwise(resumed.weights(), first.weights()):
            return passed(f"{_STEPS} steps after loading gave bitwise the same weights.")
        apart = farthest(resumed.weights(), first.weights())
        return failed(f"{_STEPS} steps after loading gave weights up to {apart:.1e} from those without.")
