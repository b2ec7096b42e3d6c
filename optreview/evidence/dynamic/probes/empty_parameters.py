"""Do parameters without elements, as sharding leaves them, do no harm?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.likeness import alike, gap
from optreview.evidence.dynamic.trials.probe import Answer, Probe, by_design, failed, passed
from optreview.evidence.dynamic.trials.rejection import ABOUT_SHAPES, in_words

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Shape, Stage

_STEPS = 4
_FULL: tuple[Shape, ...] = ((6, 4), (6,))
_EMPTY: tuple[Shape, ...] = ((0, 4), (0,))


class EmptyParameters(Probe):
    """Are the other parameters trained as always beside parameters without elements?

    Four steps of a matrix and a vector, and of the same beside parameters of the shapes ``(0, 4)`` and
    ``(0,)``.
    """

    care = "medium"
    of_rest = True
    failing = "Sharded training, which leaves some processes an empty part of a small tensor, fails there."
    designed = "Who takes some shapes only may refuse the others in words."
    source = "https://github.com/NVIDIA/TransformerEngine/issues/3207"

    def ask(self, stage: Stage) -> Answer:
        """Train with and without them."""
        usual = stage.trial(_FULL)
        start = usual.weights()
        usual.run(_STEPS)
        try:
            beside = stage.trial(_FULL + _EMPTY)
            beside.run(_STEPS)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            if in_words(error, stage.subject.cls, *ABOUT_SHAPES):
                return by_design(f"An empty parameter is refused: {stage.said(error)}.")
            return failed(f"An empty parameter leads to {stage.said(error)}.", *stage.raised_at(error))
        others = beside.weights()[: len(start)]
        if alike(others, usual.weights(), start):
            return passed(f"{_STEPS} steps beside empty parameters gave the weights of as many without.")
        apart = gap(others, usual.weights(), start)
        return failed(f"{_STEPS} steps beside empty parameters and without them {apart}.")
