"""Does a parameter that is unfrozen late start as in a fresh optimizer?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.latecomer import COMPANY, WAIT, like_fresh, without_last
from optreview.evidence.dynamic.trials.probe import Answer, Probe

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage


class UnfrozenParameterStartsFresh(Probe):
    """Is the first step of a parameter that gets its first gradient late that of a fresh optimizer?

    One parameter has no gradient for seven steps, the others have; then it has. Its first move is compared
    with the one that it makes, with the same gradient, in an optimizer just built. Where the gradients of
    the others have a say in its step, the question does not arise.
    """

    care = "high"
    failing = (
        "Steps are counted for all parameters together: what hangs on the count, such as bias correction, "
        "goes on before a layer that is unfrozen, or an expert used late, takes its first step, which is "
        "then too long or too short."
    )
    source = "https://github.com/deepspeedai/DeepSpeed/pull/8471"

    def ask(self, stage: Stage) -> Answer:
        """Give the last parameter its first gradient late."""
        late = stage.trial(COMPANY)
        for index in range(WAIT):
            late.step(without_last(late.gradients(index)), index)
        return like_fresh(stage, late, f"After {WAIT} steps without a gradient for a parameter")
