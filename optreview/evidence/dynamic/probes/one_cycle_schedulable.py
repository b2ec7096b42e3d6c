"""Does OneCycleLR work, which moves lr and momentum?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.optim.lr_scheduler import OneCycleLR

from optreview.evidence.dynamic.trials.likeness import bitwise
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, not_applicable, passed, undecided
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from typing import Any

    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.evidence.dynamic.trials.trial import Trial

_STEPS = 12


class OneCycleSchedulable(Probe):
    """Do lr and momentum follow OneCycleLR, and does a step use the momentum that it sets?

    Twelve steps under ``OneCycleLR``, which moves the lr and, against it, ``momentum`` or the first beta of
    every group. What it sets must still be there after a step, and the weights must differ from those of the
    same run without cycling the momentum.
    """

    care = "medium"
    failing = "The one-cycle policy cannot be used with it, or moves the lr alone."
    designed = "Without a momentum or betas among the defaults there is nothing to cycle."
    source = "https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html"

    def ask(self, stage: Stage) -> Answer:
        """Step under the scheduler, with and without cycling."""
        trial = stage.trial(FEW)
        defaults, groups = getattr(trial.optimizer, "defaults", {}), trial.optimizer.param_groups
        name = next((each for each in ("betas", "momentum") if each in defaults), None)
        if name is None:
            return not_applicable(
                "Neither betas nor momentum is among its defaults, so there is nothing to cycle."
            )
        if any(group.get("lr") is None for group in groups):
            return not_applicable("A group has no lr to change.")
        highest = 4 * float(groups[0]["lr"])
        try:
            kept = _cycled(trial, highest, name, momentum=True)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            return failed(f"Stepping under OneCycleLR raised {stage.said(error)}.")
        if not kept:
            return failed(f"The step did not leave what OneCycleLR had set as lr and {name}.")
        other = stage.trial(FEW)
        _cycled(other, highest, name, momentum=False)
        if bitwise(trial.weights(), other.weights()):
            return _without_effect(stage, highest, name, other)
        return passed(f"lr and {name} followed OneCycleLR for {_STEPS} steps, and both changed the weights.")


def _without_effect(stage: Stage, highest: float, name: str, other: Trial) -> Answer:
    """Whether the constructor's momentum has one; where it has none in these steps, nothing can be told."""
    if not stage.takes(name):
        return undecided(f"Cycling {name} changes no weight, and the constructor takes none to compare with.")
    value = other.optimizer.defaults[name]
    changed = (value[0] / 2, *value[1:]) if isinstance(value, tuple | list) else 0.5
    told = stage.trial(FEW, options={name: repr(changed)})
    _cycled(told, highest, name, momentum=False)
    if bitwise(told.weights(), other.weights()):
        return undecided(f"Another {name} changes no weight in {_STEPS} steps, not even from the start.")
    return failed(f"OneCycleLR moved {name} in the groups, but the weights are those without it.")


def _cycled(trial: Trial, highest: float, name: str, *, momentum: bool) -> bool:
    """Step under the policy; whether lr and momentum were after each step what they were before it."""
    scheduler = OneCycleLR(
        trial.optimizer, max_lr=highest, total_steps=_STEPS + 1, cycle_momentum=momentum, div_factor=4.0
    )
    kept = True
    for _ in range(_STEPS):
        before = _values(trial, name)
        trial.run(1)
        kept = kept and _values(trial, name) == before
        scheduler.step()
    return kept


def _values(trial: Trial, name: str) -> list[Any]:
    return [
        value for group in trial.optimizer.param_groups for value in (float(group["lr"]), group.get(name))
    ]
