"""Is a step nothing, and no error, where no parameter has a gradient?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.likeness import bitwise, farthest
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage


class StepWithoutGradients(Probe):
    """Does a step change nothing, without an error, where every gradient is None?

    Two steps of an optimizer just built, without any gradient, then one with gradients.
    """

    care = "medium"
    of_rest = True
    failing = "A model that is frozen for now, or a part without use, ends training with an error, or moves."
    source = "https://github.com/pytorch/pytorch/pull/52944"

    def ask(self, stage: Stage) -> Answer:
        """Step without gradients, then with."""
        stage.trial(FEW).run(1)  # what fails with all gradients is no answer
        trial = stage.trial(FEW)
        before = trial.weights()
        for index in range(2):
            try:
                trial.step([None] * len(before), index)
            except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
                return failed(
                    f"A step without any gradient raised {stage.said(error)}.", *stage.raised_at(error)
                )
        if not bitwise(trial.weights(), before):
            return failed(
                f"Two steps without any gradient moved weights by {farthest(trial.weights(), before):.1e}."
            )
        try:
            trial.run(1)
        except Exception as error:  # noqa: BLE001
            return failed(
                f"The first step with gradients after two without raised {stage.said(error)}.",
                *stage.raised_at(error),
            )
        return passed("Two steps without any gradient changed nothing, and one with gradients came after.")
