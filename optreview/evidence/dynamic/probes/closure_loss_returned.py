"""Does ``step(closure)`` call the closure as PyTorch says, and return its loss?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage


class ClosureLossReturned(Probe):
    """Does ``step(closure)`` call the closure with autograd on, and return the loss?

    One step with a closure that computes the gradients: it must be called, each time with gradients enabled,
    and what ``step`` returns must be a loss that it returned.
    """

    care = "medium"
    of_rest = True
    failing = (
        "Training loops that pass a closure, as Lightning does, fail in it, train on nothing, or log no loss."
    )
    source = "https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.step.html"

    def ask(self, stage: Stage) -> Answer:
        """Take a step with a closure."""
        stage.trial(FEW).run(1)  # what fails without a closure is no answer
        trial = stage.trial(FEW)
        try:
            returned = trial.step(trial.gradients(0), closure=True)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            return failed(f"A step with a closure raised {stage.said(error)}.", *stage.raised_at(error))
        calls = len(trial.enabled)
        if not calls:
            return failed("A step with a closure did not call it.")
        if not all(trial.enabled):
            return failed("The closure was called with gradients disabled, so that its backward pass fails.")
        loss = _number(returned)
        if loss is None:
            return failed(f"A step with a closure returned {_what(returned)} instead of the loss.")
        if loss not in trial.losses:
            return failed(f"A step returned {loss:.1e}, and the closure {trial.losses[0]:.1e}.")
        often = "once" if calls == 1 else f"{calls} times"
        return passed(f"The closure was called {often}, with gradients enabled, and its loss returned.")


def _number(value: object) -> float | None:
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        return float(value)
    return float(value) if isinstance(value, float | int) else None


def _what(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
