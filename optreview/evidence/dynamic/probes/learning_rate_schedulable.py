"""Does a learning-rate scheduler work?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.optim.lr_scheduler import StepLR

from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage


class LearningRateSchedulable(Probe):
    """Does the learning rate follow a scheduler?

    ``StepLR(step_size=1, gamma=0.5)`` is attached, optimizer and scheduler are stepped twice, and the lr of
    every group must have halved each time.
    """

    care = "high"
    of_rest = True
    failing = "A schedule has no effect on it, so that warm-up and decay have to be done by hand."
    source = "https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"

    def ask(self, stage: Stage) -> Answer:
        """Step twice under the scheduler."""
        trial = stage.trial(FEW)
        groups = trial.optimizer.param_groups
        try:
            scheduler = StepLR(trial.optimizer, step_size=1, gamma=0.5)
        except (KeyError, TypeError, AttributeError) as error:
            return failed(f"StepLR cannot be attached: {stage.said(error)}.")
        if any(group.get("lr") is None for group in groups):
            return failed("StepLR can be attached, but a group has no lr that is a number.")
        before = _rates(groups)
        for _ in range(2):
            trial.run(1)
            scheduler.step()
        if _rates(groups) == [rate * 0.25 for rate in before]:
            return passed("StepLR with gamma 0.5 halved the lr of every group at each of two steps.")
        return failed("StepLR was stepped, but the lr in the groups did not follow it.")


def _rates(groups: list[dict[str, object]]) -> list[float]:
    return [float(group["lr"]) for group in groups]  # type: ignore[arg-type]
