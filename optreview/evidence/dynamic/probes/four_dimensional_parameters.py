"""Are the weights of a convolution trained?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.likeness import bitwise, finite
from optreview.evidence.dynamic.trials.probe import Answer, Probe, by_design, failed, passed, undecided
from optreview.evidence.dynamic.trials.rejection import ABOUT_SHAPES, in_words
from optreview.evidence.dynamic.trials.trial import normal
from optreview.evidence.dynamic.workloads import SEED

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 12


class FourDimensionalParameters(Probe):
    """Are 4-D parameters, as convolutions have them, trained?

    Twelve steps of a matrix and a parameter of shape ``(2, 3, 3, 3)``: it must move and stay finite.
    """

    care = "medium"
    failing = "Models with convolutions cannot be trained with it."
    designed = "Optimizers for matrices refuse other shapes in words (Muon)."
    source = "https://github.com/pytorch/pytorch/issues/166209"

    def ask(self, stage: Stage) -> Answer:
        """Train one."""
        tensors = normal([(2, 3, 3, 3), (6, 4)], SEED)
        stage.trial([(6, 4)]).run(1)  # what fails with a matrix alone is no answer
        try:
            trial = stage.trial(tensors=[each.to(stage.device) for each in tensors])
            before, *others = trial.weights()
            trial.run(_STEPS)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            if in_words(error, stage.subject.cls, *ABOUT_SHAPES):
                return by_design(f"A 4-D parameter is refused: {stage.said(error)}.")
            return failed(f"A 4-D parameter leads to {stage.said(error)}.", *stage.raised_at(error))
        after, *rest = trial.weights()
        if not finite([after]):
            return failed(f"A 4-D parameter was not finite after {_STEPS} steps.")
        if bitwise([after, *rest], [before, *others]):
            return undecided(f"Neither it nor a matrix moved in {_STEPS} steps.")
        if bitwise([after], [before]):
            return failed(f"A 4-D parameter did not move in {_STEPS} steps.")
        return passed(f"A 4-D parameter was trained for {_STEPS} steps.")
