"""Is a parameter without dimensions, such as a temperature, trained as a vector of one element is?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.likeness import alike, finite, gap
from optreview.evidence.dynamic.trials.probe import Answer, Probe, by_design, failed, not_applicable, passed
from optreview.evidence.dynamic.trials.rejection import ABOUT_SHAPES, in_words
from optreview.evidence.dynamic.trials.trial import normal
from optreview.evidence.dynamic.workloads import SEED

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Shape, Stage
    from optreview.evidence.dynamic.trials.trial import Trial

_STEPS = 8


class ScalarParameters(Probe):
    """Is a 0-d parameter trained as a vector of one element is?

    Eight steps of a matrix and a parameter of shape ``()``, and of one of shape ``(1,)`` instead, with the
    same values and gradients.
    """

    care = "medium"
    failing = "A learnable temperature or scale cannot be trained with it, or is trained otherwise."
    designed = "Who takes some shapes only may refuse the others in words."
    source = "https://github.com/google-deepmind/optax/pull/1736"

    def ask(self, stage: Stage) -> Answer:
        """Train both."""
        if not stage.plan.accepts((1,)):
            return not_applicable("It is not given vectors either.")
        vector = _beside_matrix(stage, (1,))
        start = vector.weights()[0]
        vector.run(_STEPS)
        try:
            scalar = _beside_matrix(stage, ())
            scalar.run(_STEPS)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            if in_words(error, stage.subject.cls, *ABOUT_SHAPES):
                return by_design(f"A 0-d parameter is refused: {stage.said(error)}.")
            return failed(f"A 0-d parameter leads to {stage.said(error)}.", *stage.raised_at(error))
        one, other = [scalar.weights()[0].reshape(1)], vector.weights()[:1]
        if not finite(one):
            return failed(f"A 0-d parameter was not finite after {_STEPS} steps.")
        if alike(one, other, [start]):
            return passed(f"{_STEPS} steps of a 0-d parameter gave what they give a vector of one element.")
        apart = gap(one, other, [start])
        return failed(f"{_STEPS} steps of a 0-d parameter and of a vector of one element {apart}.")


def _beside_matrix(stage: Stage, shape: Shape) -> Trial:
    return stage.trial(tensors=[each.to(stage.device) for each in normal([shape, (6, 4)], SEED)])
