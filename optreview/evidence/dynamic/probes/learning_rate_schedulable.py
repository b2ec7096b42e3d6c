"""Does a learning-rate scheduler work?"""

from __future__ import annotations

from torch.optim.lr_scheduler import StepLR

from optreview.evidence.dynamic.failures import said
from optreview.evidence.dynamic.probes import Answer, Probe, Stage


class LearningRateSchedulable(Probe):
    """StepLR is attached, the optimizer and the scheduler are stepped, and the lr must halve."""

    def ask(self, stage: Stage) -> Answer:
        """Step twice under ``StepLR(step_size=1, gamma=0.5)``."""
        session = stage.session(stage.device)
        try:
            scheduler = StepLR(session.optimizer, step_size=1, gamma=0.5)
        except (KeyError, TypeError, AttributeError) as error:
            return Answer(value=False, note=f"StepLR cannot be attached: {said(error)}.")
        if any(group.get("lr") is None for group in session.optimizer.param_groups):
            return Answer(value=False, note="StepLR can be attached, but a group has no lr to change.")
        rates = [_rates(session.optimizer.param_groups)]
        for index in range(2):
            session.step(index)
            scheduler.step()
            rates.append(_rates(session.optimizer.param_groups))
        if all(after == 0.5 * before for before, after in zip(rates[0], rates[1], strict=True)):
            return Answer(value=True, note="StepLR with gamma 0.5 halved the lr of every group.")
        return Answer(value=False, note="StepLR was stepped, but the lr in the groups did not follow it.")


def _rates(groups: list[dict[str, object]]) -> list[float]:
    return [float(group["lr"]) for group in groups]  # type: ignore[arg-type]
