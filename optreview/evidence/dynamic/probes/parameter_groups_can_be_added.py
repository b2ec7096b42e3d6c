"""Can a parameter group be added, at once and in the middle of training?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from optreview.evidence.dynamic.trials.latecomer import COMPANY, WAIT, like_fresh
from optreview.evidence.dynamic.trials.likeness import alike
from optreview.evidence.dynamic.trials.probe import Answer, Probe, by_design, failed
from optreview.evidence.dynamic.trials.rejection import in_words
from optreview.evidence.dynamic.trials.stage import UnsuitedError

if TYPE_CHECKING:
    import torch

    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.evidence.dynamic.trials.trial import Trial

_STEPS = 8


class ParameterGroupsCanBeAdded(Probe):
    """Is a parameter group that is added trained, as if it had been there, or as in a fresh optimizer?

    A group is added before the first step: eight steps must give what they give if the constructor gets both.
    A group is added after seven steps: its first step must be that of an optimizer just built.
    """

    care = "high"
    failing = "Layers that fine-tuning adds later are not trained, trained otherwise, or end in an error."
    designed = "A method for all parameters as one vector may refuse groups in words."
    source = "https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.add_param_group.html"

    def ask(self, stage: Stage) -> Answer:
        """Add one at the start, then one late."""
        stage.trial(COMPANY).run(1)  # what fails without adding anything is no answer
        try:
            return self._answer(stage)
        except UnsuitedError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            if in_words(error, stage.subject.cls, "group"):
                return by_design(f"A further group is refused: {stage.said(error)}.")
            return failed(f"Adding a group and stepping raised {stage.said(error)}.", *stage.raised_at(error))

    def _answer(self, stage: Stage) -> Answer:
        given = stage.trial(COMPANY)
        if stage.plan.further(given.parameters[-1]) is None:
            raise UnsuitedError(f"{stage.arranged()}, so it is not known what a further group has to be.")
        start = given.weights()
        last = len(start) - 1
        both = _built(stage, start, [list(range(last)), [last]])
        added = _built(stage, start[:-1], [list(range(last))])
        _add(added, start[-1])
        for trial in (both, added):
            trial.run(_STEPS)
        if not alike(both.weights(), added.weights(), start):
            moved = alike(added.weights()[-1:], start[-1:], start[-1:])
            what = "was not trained" if moved else "was trained otherwise than if the constructor had got it"
            return failed(f"A group that was added before the first step {what}.")
        late = _built(stage, start[:-1], [list(range(last))])
        late.run(WAIT)
        _add(late, start[-1])
        return like_fresh(stage, late, f"When a group was added after {WAIT} steps")


def _built(stage: Stage, start: list[torch.Tensor], groups: list[list[int]]) -> Trial:
    """In these groups, or in those that its protocol makes of the parameters."""
    copies = [each.clone() for each in start]
    return stage.trial(tensors=copies, groups=groups if stage.plan.takes_groups else None)


def _add(trial: Trial, tensor: torch.Tensor) -> None:
    """A further parameter, in a group of its own."""
    parameter = nn.Parameter(tensor.clone())
    group = trial.plan.further(parameter)
    trial.optimizer.add_param_group(group or {"params": [parameter]})
    trial.parameters.append(parameter)
