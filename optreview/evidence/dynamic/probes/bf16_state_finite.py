"""Are weights and state finite after steps in bfloat16?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.holdings import unfinite
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, not_applicable, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 12


class Bfloat16StateFinite(Probe):
    """Do weights and state stay finite in bfloat16?

    Twelve steps with bfloat16 parameters and gradients; then every weight and every tensor and number of the
    state is looked at. What is infinite in float32 as well, such as a smallest value so far, is meant so.
    """

    care = "high"
    of_rest = True
    failing = "Training in pure bfloat16 breaks down, at once or as soon as the entry is used."
    source = "https://docs.pytorch.org/docs/stable/amp.html"

    def ask(self, stage: Stage) -> Answer:
        """Take the steps in bfloat16, and in float32 if something is not finite."""
        found = _after(stage, torch.bfloat16)
        if not found:
            return passed(f"Weights and state were finite after {_STEPS} bfloat16 steps.")
        usual = _after(stage, torch.float32)
        if "weights" in usual:
            return not_applicable(f"Weights are not finite after {_STEPS} float32 steps either.")
        lost = [name for name in found if name not in usual]
        if not lost:
            return passed(f"All that was finite after {_STEPS} float32 steps was so in bfloat16.")
        named = ", ".join(lost)
        return failed(f"Not finite after {_STEPS} bfloat16 steps, but after as many in float32: {named}.")


def _after(stage: Stage, dtype: torch.dtype) -> list[str]:
    trial = stage.trial(FEW, dtype=dtype)
    trial.run(_STEPS)
    return unfinite(trial)
