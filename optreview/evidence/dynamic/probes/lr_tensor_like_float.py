"""Is a learning rate that is a tensor the same as one that is a number?"""

from __future__ import annotations

import ast
import copy
from contextlib import suppress
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.arguments import numbers
from optreview.evidence.dynamic.trials.likeness import CHAOTIC, alike, gap
from optreview.evidence.dynamic.trials.probe import (
    Answer,
    Probe,
    by_design,
    failed,
    not_applicable,
    passed,
    undecided,
)
from optreview.evidence.dynamic.trials.rejection import in_words
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage

    #: Weights after steps with a tensor, with a number, and before.
    _Ends = tuple[list[torch.Tensor], list[torch.Tensor], list[torch.Tensor]]

_STEPS = 6


class TensorLearningRate(Probe):
    """Does a learning rate that is a tensor give the weights that the same number gives?

    Six steps with the default lr as a number and as a tensor of one element, on equal parameters; the tensor
    must have its value after them.
    """

    care = "medium"
    failing = (
        "A compiled step with a changing lr, for which the lr has to be a tensor, is not possible or wrong."
    )
    designed = "Some raise an error in words that a tensor is not supported."
    source = "https://docs.pytorch.org/tutorials/recipes/compiling_optimizer_lr_scheduler.html"

    def ask(self, stage: Stage) -> Answer:
        """Take the same steps with both."""
        number = stage.trial(FEW)
        start = number.weights()
        rate = _given(stage)
        if rate is None:
            return not_applicable("Its constructor takes no lr that is a number.")
        number.run(_STEPS)
        try:
            tensor = stage.trial(FEW, options={"lr": f"torch.tensor({float(rate)!r})"})
            given = [group.get("lr") for group in tensor.optimizer.param_groups]
            before = copy.deepcopy(given)
            tensor.run(_STEPS)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            said = f"An lr that is a tensor raised {stage.said(error)}."
            return by_design(said) if in_words(error, stage.subject.cls, "tensor") else failed(said)
        return _compared(stage, before, given, (tensor.weights(), number.weights(), start))


def _given(stage: Stage) -> float | None:
    """What the constructor is given or takes by default; what the groups have may be made of it."""
    told = [option.value for option in stage.plan.arguments if option.name == "lr"]
    with suppress(ValueError, SyntaxError):
        rate = ast.literal_eval(told[0]) if told else numbers(stage.subject.cls, stage.plan).get("lr")
        return float(rate) if isinstance(rate, int | float) else None
    return None


def _compared(stage: Stage, before: list[object], given: list[object], ends: _Ends) -> Answer:
    if not any(isinstance(each, torch.Tensor) for each in given):
        return undecided("The lr that was given as a tensor is a tensor in none of the groups.")
    tensor, number, start = ends
    if given != before:
        return failed(f"After {_STEPS} steps the tensor that was given as lr has another value.")
    if alike(tensor, number, start):
        return passed(f"{_STEPS} steps with lr as a tensor gave the weights that the number gave.")
    if stage.chaotic(_STEPS, FEW):
        return undecided(CHAOTIC)
    apart = gap(tensor, number, start)
    return failed(f"{_STEPS} steps with lr as a tensor and as a number {apart}.")
