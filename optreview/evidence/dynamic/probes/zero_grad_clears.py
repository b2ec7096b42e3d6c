"""Does ``zero_grad`` clear the gradients, in either way?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.evidence.dynamic.trials.trial import Trial


class ZeroGradClears(Probe):
    """Does ``zero_grad`` clear every gradient, to None and to zero?

    After a step, gradients are put back and ``zero_grad()`` is called, then ``zero_grad(set_to_none=True)``
    and ``zero_grad(set_to_none=False)``: the first may leave None or zeros, the others must do as they say.
    """

    care = "medium"
    of_rest = True
    failing = "Gradients of one step are left for the next, or a loop that passes ``set_to_none`` fails."
    source = "https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html"

    def ask(self, stage: Stage) -> Answer:
        """Call it in three ways."""
        trial = stage.trial(FEW)
        trial.run(1)
        calls: tuple[dict[str, bool], ...] = ({}, {"set_to_none": True}, {"set_to_none": False})
        for keywords in calls:
            said = "".join(f"{name}={value}" for name, value in keywords.items())
            _fill(trial)
            try:
                trial.optimizer.zero_grad(**keywords)
            except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
                return failed(f"zero_grad({said}) raised {stage.said(error)}.", *stage.raised_at(error))
            left = _left(trial, none=keywords.get("set_to_none"))
            if left:
                return failed(
                    f"zero_grad({said}) left {left} of {len(trial.parameters)} gradients as they were."
                )
        return passed("zero_grad cleared every gradient, to None and to zero.")


def _fill(trial: Trial) -> None:
    for parameter, gradient in zip(trial.parameters, trial.gradients(0), strict=True):
        parameter.grad = gradient


def _left(trial: Trial, *, none: bool | None) -> int:
    """How many gradients are not what was asked for: None, zeros, or either."""
    return sum(
        p.grad is not None and (none is True or bool(p.grad.count_nonzero())) for p in trial.parameters
    )
