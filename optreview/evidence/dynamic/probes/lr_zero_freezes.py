"""Do weights rest while the learning rate is zero?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.likeness import farthest, finite
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, not_applicable, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 12


class ZeroLearningRateFreezes(Probe):
    """Do weights rest while the lr in the groups is zero?

    The lr of every group is set to zero, as a warm-up does in its first step, and twelve steps are taken;
    then once more after twelve steps with the usual lr, as at the end of a schedule.
    """

    care = "medium"
    failing = (
        "A schedule that starts or ends at zero still moves the weights, or breaks them; a rate that is "
        "frozen at zero for some layers does not freeze these."
    )
    designed = (
        "Where the lr in the groups is no factor of the update, as in methods that choose their own rate, or "
        "is a factor of what the momentum is made of, and where weights are averages of earlier ones."
    )
    source = "https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html"

    def ask(self, stage: Stage) -> Answer:
        """Set the rates to zero and step, from the start and after steps with the usual rates."""
        for usual in (0, _STEPS):
            answer = _resting(stage, usual)
            if answer is not None:
                return answer
        return passed(
            f"No weight changed in {_STEPS} steps with an lr of zero, neither from the start nor after "
            f"{_STEPS} others, roundings aside."
        )


def _resting(stage: Stage, usual: int) -> Answer | None:
    """Whether weights rest, after so many steps with the usual rate; None where they do."""
    trial = stage.trial(FEW)
    groups = trial.optimizer.param_groups
    if any(group.get("lr") is None for group in groups):
        return not_applicable("A group has no lr that could be zero.")
    if usual:
        trial.run(usual)
        if not finite(trial.weights()):
            return None
    for group in groups:
        group["lr"] = group["lr"] * 0.0
    before = trial.weights()
    when = f"with an lr of zero after {usual} steps with the usual one" if usual else "with an lr of zero"
    try:
        trial.run(_STEPS)
    except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
        return failed(f"A step {when} raised {stage.said(error)}.")
    after = trial.weights()
    if not finite(after):
        return failed(f"Weights are not finite after {_STEPS} steps {when}.")
    # a weight may be computed anew from others in each step
    roundings = _STEPS * max(float(each.abs().max()) * torch.finfo(each.dtype).eps for each in before)
    if farthest(after, before) <= roundings:
        return None
    return failed(f"Weights moved by up to {farthest(after, before):.1e} in {_STEPS} steps {when}.")
