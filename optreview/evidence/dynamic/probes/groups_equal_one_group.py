"""Do parameters in several groups of equal options train as in one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.latecomer import COMPANY
from optreview.evidence.dynamic.trials.likeness import alike, gap
from optreview.evidence.dynamic.trials.probe import Answer, Probe, by_design, failed, passed
from optreview.evidence.dynamic.trials.rejection import in_words
from optreview.evidence.dynamic.trials.stage import UnsuitedError

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 8


class GroupsEqualOneGroup(Probe):
    """Do parameters that are divided into groups of equal options train as they do in one?

    Eight steps with the same gradients, once in one group, once with the first parameter in a group of its
    own.
    """

    care = "high"
    failing = "Dividing the parameters, as for no weight decay on biases, changes training or fails."
    designed = "A method for all parameters as one vector may refuse groups in words (LBFGS)."
    source = "https://docs.pytorch.org/docs/stable/optim.html#per-parameter-options"

    def ask(self, stage: Stage) -> Answer:
        """Train both."""
        one = stage.trial(COMPANY)
        rest = list(range(1, len(one.parameters)))
        start = one.weights()
        one.run(_STEPS)
        try:
            several = stage.trial(COMPANY, groups=[[0], rest])
            several.run(_STEPS)
        except Exception as error:
            if in_words(error, stage.subject.cls, "group", "per-parameter"):
                return by_design(f"Two groups are refused: {stage.said(error)}.")
            if isinstance(error, UnsuitedError):
                raise
            return failed(f"Two groups lead to {stage.said(error)}.", *stage.raised_at(error))
        if alike(one.weights(), several.weights(), start):
            return passed(f"{_STEPS} steps in two groups gave the weights of {_STEPS} steps in one.")
        apart = gap(one.weights(), several.weights(), start)
        return failed(f"{_STEPS} steps in two groups and in one {apart}.")
