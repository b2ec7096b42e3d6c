"""Does the fused path do what the for-loop does?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.paths import answered
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, not_applicable
from optreview.evidence.dynamic.trials.rejection import in_words

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage


class FusedLikeForLoop(Probe):
    """Does ``fused=True`` give the weights that the for-loop gives, on the device at hand?

    Four steps along both paths, at the defaults, also with a parameter that lacks a gradient in every second
    step, with numbers that are off switched on, and with switches flipped; the ways may
    differ by a hundredth, more only where roundings of the gradients do as much.
    """

    care = "high"
    failing = "What is trained depends on whether the fused kernel was asked for."
    designed = (
        "Where the device has no fused kernel, it raises an error in words; the question does not arise."
    )
    source = "https://docs.pytorch.org/docs/stable/optim.html#algorithms"

    def ask(self, stage: Stage) -> Answer:
        """Compare the paths."""
        if not stage.takes("fused"):
            return not_applicable("Its constructor takes no fused.")
        loop = {"fused": "False"} | ({"foreach": "False"} if stage.takes("foreach") else {})
        return answered(stage, "fused", loop, partial(_refused, stage))


def _refused(stage: Stage, error: Exception) -> Answer:
    said = f"With fused=True on the {stage.device} it raised {stage.said(error)}."
    return not_applicable(said) if in_words(error, stage.subject.cls, "fused") else failed(said)
