"""Is there an ``lr`` in every parameter group?"""

from __future__ import annotations

import torch

from optreview.evidence.dynamic.probes import Answer, Probe, Stage


class LearningRateInGroups(Probe):
    """Schedulers and most training loops read and write ``group["lr"]`` (torch.optim.lr_scheduler)."""

    def ask(self, stage: Stage) -> Answer:
        """Look at the groups of a new optimizer."""
        groups = stage.session(stage.device).optimizer.param_groups
        if groups and all(isinstance(group.get("lr"), (float, int, torch.Tensor)) for group in groups):
            return Answer(value=True, note="Every parameter group has an lr.")
        return Answer(value=False, note="A parameter group has no lr, so schedulers have nothing to change.")
