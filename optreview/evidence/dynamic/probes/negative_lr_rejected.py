"""Is a negative learning rate refused?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.session import BuildError
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, not_applicable, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage


class NegativeLrRejected(Probe):
    """Does the constructor refuse a negative learning rate?

    It is built once more, with ``lr=-1.0``.
    """

    care = "low"
    of_rest = True
    failing = "A wrong sign, as of a search over rates, climbs instead of descending, and nothing says so."
    source = "https://github.com/pytorch/pytorch/issues/30889"

    def ask(self, stage: Stage) -> Answer:
        """Build it with a negative rate."""
        if not stage.takes("lr"):
            return not_applicable("Its constructor has no lr.")
        usual = stage.trial(FEW).optimizer.param_groups[0].get("lr")
        try:
            stage.trial(FEW, options={"lr": "-1.0"})
        except BuildError as error:
            return passed(f"lr=-1.0 raised {stage.said(error)}.")
        if not isinstance(usual, int | float | torch.Tensor):
            return not_applicable("At its default its groups have no lr that is a number.")
        return failed("lr=-1.0 was taken without a word.")
