"""Are the hooks that PyTorch lets users put on an optimizer's step called, and once?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 3


class HooksFireOnce(Probe):
    """Are step hooks called once a step, the one before it and the one after it?

    Hooks are registered with ``register_step_pre_hook`` and ``register_step_post_hook``, and counted over
    three steps.
    """

    care = "medium"
    of_rest = True
    failing = "What is hung on the step (logging, clipping, averaging, profiling) does not happen, or twice."
    source = (
        "https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.register_step_pre_hook.html"
    )

    def ask(self, stage: Stage) -> Answer:
        """Count."""
        trial = stage.trial(FEW)
        calls = {"before": 0, "after": 0}

        def count(when: str) -> None:
            calls[when] += 1

        try:
            trial.optimizer.register_step_pre_hook(lambda *_: count("before"))
            trial.optimizer.register_step_post_hook(lambda *_: count("after"))
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            return failed(f"A step hook cannot be registered: {stage.said(error)}.", *stage.raised_at(error))
        trial.run(_STEPS)
        if set(calls.values()) == {_STEPS}:
            return passed(f"{_STEPS} steps called either hook {_STEPS} times.")
        return failed(
            f"{_STEPS} steps called the hook before the step {calls['before']} times, and the one after it "
            f"{calls['after']} times."
        )
