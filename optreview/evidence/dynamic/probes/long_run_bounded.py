"""Does a long run stay within bounds?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.holdings import magnitudes, unfinite
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, passed

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage

_SHAPES = ((6, 4),)
_STEPS = 200
#: Twice as many steps give four times a sum of a growing number, and no more.
_POLYNOMIAL = 4.5
#: Beside gradients of 0.1, what has not grown to this size is of no concern.
_LARGE = 1e4


class LongRunBounded(Probe):
    """Do 200 steps with bounded gradients stay finite, with no entry of the state growing without reason?

    The same number of random gradients of size 0.1. Sums and counters grow with the number of steps; an entry
    that grows more than fourfold from step 50 to 100, again from 100 to 200, and beyond 1e4, grows
    exponentially.
    """

    care = "high"
    of_rest = True
    failing = "A run that goes well for a while overflows later, without a large gradient being to blame."
    source = "https://docs.pytorch.org/docs/stable/notes/numerical_accuracy.html"

    def ask(self, stage: Stage) -> Answer:
        """Take the steps and look at the state on the way."""
        trial = stage.trial(_SHAPES)
        sizes: list[dict[str, float]] = []
        for end in (_STEPS // 4, _STEPS // 2, _STEPS):
            done = 0 if not sizes else end // 2
            trial.run(end - done)
            bad = unfinite(trial)
            if "weights" in bad:
                return failed(f"Weights are not finite after {end} steps with gradients of size 0.1.")
            sizes.append(magnitudes(trial))
        early, middle, late = sizes
        for key, size in sorted(late.items()):
            before, between = early.get(key, 0.0), middle.get(key, 0.0)
            if size > _LARGE and size > _POLYNOMIAL * between > _POLYNOMIAL**2 * before > 0:
                grown = f"{before:.1e}, {between:.1e} and {size:.1e}"
                return failed(
                    f"The entry {key} of the state grows exponentially: {grown} after 50, 100 and 200 steps."
                )
        return passed(
            f"Weights were finite after {_STEPS} steps, and no entry of the state grew exponentially."
        )
