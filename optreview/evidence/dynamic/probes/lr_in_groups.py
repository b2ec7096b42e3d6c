"""Is there an ``lr`` in every parameter group?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage


class LearningRateInGroups(Probe):
    """Does every parameter group have an ``lr``?

    The groups of a new optimizer are looked at.
    """

    care = "high"
    failing = "Schedulers and training loops read and write the lr of the groups; they fail, or do nothing."
    source = "https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"

    def ask(self, stage: Stage) -> Answer:
        """Look at the groups."""
        groups = stage.trial(FEW).optimizer.param_groups
        if groups and all(isinstance(group.get("lr"), (float, int, torch.Tensor)) for group in groups):
            return passed("Every parameter group has an lr.")
        return failed("A parameter group has no lr that is a number, so schedulers have nothing to change.")
