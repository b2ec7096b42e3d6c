"""Does the foreach path do what the for-loop does?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.paths import answered
from optreview.evidence.dynamic.trials.probe import Answer, Probe, by_design, failed, not_applicable
from optreview.evidence.dynamic.trials.rejection import in_words

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage


class ForeachLikeForLoop(Probe):
    """Does ``foreach=True`` give the weights that ``foreach=False`` gives?

    Four steps along both paths, at the defaults, also with a parameter that lacks a gradient in every second
    step, with numbers that are off switched on, and with switches flipped; the ways may
    differ by a hundredth, more only where roundings of the gradients do as much.
    """

    care = "high"
    failing = "What is trained depends on which path was chosen, on most devices without being asked."
    source = "https://github.com/kozistr/pytorch_optimizer/issues/519"

    def ask(self, stage: Stage) -> Answer:
        """Compare the paths."""
        if not stage.takes("foreach"):
            return not_applicable("Its constructor takes no foreach.")
        return answered(stage, "foreach", {"foreach": "False"}, partial(_refused, stage))


def _refused(stage: Stage, error: Exception) -> Answer:
    said = f"One of the two paths raised {stage.said(error)}."
    return by_design(said) if in_words(error, stage.subject.cls, "foreach") else failed(said)
