"""Parameters at other strides than contiguous ones, beside contiguous ones with the same values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.likeness import CHANCY, CHAOTIC, alike, gap
from optreview.evidence.dynamic.trials.probe import Answer, by_design, failed, passed, undecided
from optreview.evidence.dynamic.trials.rejection import in_words
from optreview.evidence.dynamic.trials.trial import normal
from optreview.evidence.dynamic.workloads import SEED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

    from optreview.evidence.dynamic.trials.stage import Shape, Stage

_STEPS = 8


def like_contiguous(
    stage: Stage, shapes: Sequence[Shape], laid_out: Callable[[torch.Tensor], torch.Tensor], name: str
) -> Answer:
    """Whether parameters that are laid out otherwise end where contiguous ones do."""
    start = [each.to(stage.device) for each in normal(shapes, SEED)]

    def ends(tensors: list[torch.Tensor]) -> list[torch.Tensor]:
        trial = stage.trial(tensors=tensors)
        trial.run(_STEPS)
        return trial.weights()

    usual = ends([each.clone() for each in start])
    try:
        other = ends([laid_out(each) for each in start])
    except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
        if in_words(error, stage.subject.cls, "contiguous", "stride"):
            return by_design(f"A {name} parameter is refused: {stage.said(error)}.")
        return failed(f"A {name} parameter leads to {stage.said(error)}.", *stage.raised_at(error))
    if alike(other, usual, start):
        return passed(f"{_STEPS} steps of {name} parameters gave the weights of contiguous ones.")
    chancy = stage.chancy(_STEPS, shapes)
    if chancy or stage.chaotic(_STEPS, shapes):
        return undecided(CHANCY if chancy else CHAOTIC)
    return failed(f"{_STEPS} steps of {name} parameters and of contiguous ones {gap(other, usual, start)}.")
