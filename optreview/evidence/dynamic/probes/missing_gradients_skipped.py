"""Is a parameter that has no gradient left alone?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.latecomer import COMPANY, coupled, without_last
from optreview.evidence.dynamic.trials.likeness import farthest
from optreview.evidence.dynamic.trials.probe import Answer, Probe, by_design, failed, passed

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage


class MissingGradientsSkipped(Probe):
    """Is a parameter whose gradient is None left as it is, while the others are trained?

    One parameter has no gradient in the first two steps, has one in the third, and none in the fourth. In the
    first, second and fourth step it must not move.
    """

    care = "high"
    failing = "A frozen layer, or an expert without tokens, ends training with an error, or moves on its own."
    designed = "Where all parameters are one vector (LBFGS), its direction moves those without a gradient."
    source = "https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html"

    def ask(self, stage: Stage) -> Answer:
        """Leave a gradient out, before and after the parameter was trained."""
        stage.trial(COMPANY).run(1)  # what fails with all gradients is no answer
        trial = stage.trial(COMPANY)
        for index, present in enumerate((False, False, True, False)):
            before = trial.weights()
            gradients = trial.gradients(index)
            try:
                trial.step(gradients if present else without_last(gradients), index)
            except Exception as error:
                if present:
                    raise
                return failed(
                    f"A step in which one parameter has no gradient raised {stage.said(error)}.",
                    *stage.raised_at(error),
                )
            if not present and not torch.equal(trial.weights()[-1], before[-1]):
                moved = farthest(trial.weights()[-1:], before[-1:])
                when = "that had one before" if index else "that never had one"
                found = f"A step without a gradient moved a parameter {when} by {moved:.1e}"
                if index > 1 and coupled(stage):
                    return by_design(f"{found}, as the step on one depends on the gradients of the others.")
                return failed(f"{found}.")
        return passed("A parameter without a gradient stayed where it was, before and after it was trained.")
