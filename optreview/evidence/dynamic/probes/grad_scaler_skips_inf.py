"""Does it work under GradScaler?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.likeness import CHAOTIC, alike, bitwise, gap
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, not_applicable, passed, undecided
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.evidence.dynamic.trials.trial import Trial

_BEFORE, _AFTER = 8, 4
#: A power of two, so that scaling and unscaling lose nothing.
_SCALE = 1024.0


class GradScalerSkipsInf(Probe):
    """Does a step under GradScaler leave everything alone when a gradient is infinite, and else unscale it?

    Twelve steps through ``GradScaler.step`` with gradients scaled by 1024, and between them one with an
    infinite element: that one must change no weight, and the others must end at the weights of the same steps
    without scaler.
    """

    care = "medium"
    failing = "Mixed precision with float16, which rests on the scaler, breaks or silently trains otherwise."
    designed = "A step that needs a closure cannot be used with GradScaler, which raises."
    source = "https://docs.pytorch.org/docs/stable/amp.html#gradient-scaling"

    def ask(self, stage: Stage) -> Answer:
        """Step with and without scaler."""
        if stage.plan.closure:
            return not_applicable("Its step needs a closure, and GradScaler takes none.")
        if stage.plan.own_backward:
            return not_applicable("It runs the backward pass itself, where GradScaler is to scale the loss.")
        if stage.plan.needs_graph:
            return not_applicable(
                "It differentiates through the gradients, which the scaler changes in place."
            )
        trial = stage.trial(FEW)
        scaler = torch.amp.GradScaler(stage.device, init_scale=_SCALE, growth_interval=10_000)
        scaler.scale(torch.zeros((), device=stage.device))  # without this it has no scale yet
        trial.advance = lambda: scaler.step(trial.optimizer)
        try:
            for index in range(_BEFORE):
                _step(trial, scaler, index)
            before = trial.weights()
            _step(trial, scaler, _BEFORE, infinite=True)
            after = trial.weights()
            for index in range(_BEFORE, _BEFORE + _AFTER):
                _step(trial, scaler, index)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            return failed(f"Stepping through GradScaler raised {stage.said(error)}.")
        if not bitwise(before, after):
            return failed("A step with an infinite gradient changed the weights under GradScaler.")
        return _beside_plain(stage, trial)


def _beside_plain(stage: Stage, trial: Trial) -> Answer:
    plain = stage.trial(FEW)
    start = plain.weights()
    plain.run(_BEFORE + _AFTER)
    if alike(trial.weights(), plain.weights(), start):
        return passed("GradScaler skipped the infinite gradient, and the other steps equal those without it.")
    if stage.chaotic(_BEFORE + _AFTER, FEW):
        return undecided(CHAOTIC)
    apart = gap(trial.weights(), plain.weights(), start)
    return failed(f"Steps through GradScaler and without it {apart}.")


def _step(trial: Trial, scaler: torch.amp.GradScaler, index: int, *, infinite: bool = False) -> None:
    """One step through the scaler."""
    scale = scaler.get_scale()
    gradients = [scale * each for each in trial.gradients(index)]
    if infinite:
        gradients[0].view(-1)[0] = torch.inf
    trial.step(gradients, index)
    scaler.update()
