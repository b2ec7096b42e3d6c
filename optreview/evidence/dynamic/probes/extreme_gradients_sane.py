"""Are steps sane when gradients are very small or very large?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.likeness import finite
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, not_applicable, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 12
_SIZES = (1e-6, 1e6)


class ExtremeGradientsSane(Probe):
    """Do constant gradients of size 1e-6 and 1e6 lead to finite weights, and downhill?

    Twelve steps with the same gradient, of either size: weights must be finite, and what they moved must not
    point uphill. Where such a gradient of the usual size leads uphill as well, the question does not arise.
    """

    care = "high"
    of_rest = True
    failing = "One batch with an extreme loss, or a badly scaled layer, ruins the weights."
    source = "https://arxiv.org/abs/1211.5063"

    def ask(self, stage: Stage) -> Answer:
        """Go both ways, after looking where a usual gradient leads."""
        usual = _slope(stage, 0.1)
        if usual is None or usual > 0:
            return not_applicable("A constant gradient of size 0.1 leads uphill, or not to finite weights.")
        for size in _SIZES:
            slope = _slope(stage, size)
            if slope is None:
                return failed(
                    f"Weights are not finite after {_STEPS} steps with a gradient of size {size:.0e}."
                )
            if slope > 0:
                return failed(f"{_STEPS} steps with a constant gradient of size {size:.0e} lead uphill.")
        return passed(f"{_STEPS} steps with gradients of 1e-06 and 1e+06 were finite, and none led uphill.")


def _slope(stage: Stage, size: float) -> float | None:
    """The product of movement and gradient, or None if weights are not finite."""
    trial = stage.trial(FEW)
    before = trial.weights()
    gradients = [10 * size * each for each in trial.gradients(0)]
    for _ in range(_STEPS):
        trial.step(gradients)
    moved = trial.moved(before)
    if not finite(moved):
        return None
    pairs = zip(moved, gradients, strict=True)
    return float(sum((m.double() * (g.double() / size)).sum() for m, g in pairs))
