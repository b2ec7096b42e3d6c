"""Does ``maximize`` do what minimizing the negative does?"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from optreview.evidence.dynamic.trials.trial import Trial

_STEPS = 12


class MaximizeMirrorsMinimize(Probe):
    """Does ``maximize=True`` give the weights that negated gradients give without it?

    Twelve steps with ``maximize=True``, and as many without it on negated gradients; again with a weight
    decay of 0.1 where the constructor takes one.
    """

    care = "medium"
    failing = "An objective that should rise falls, or is maximized by another rule than it is minimized by."
    designed = "Some take the argument and raise an error in words that they do not support it."
    source = "https://github.com/kozistr/pytorch_optimizer/pull/528"

    def ask(self, stage: Stage) -> Answer:
        """Compare both, without and with weight decay."""
        if not stage.takes("maximize"):
            return not_applicable("Its constructor takes no maximize.")
        settings: list[dict[str, str]] = [{}]
        if stage.takes("weight_decay"):
            settings.append({"weight_decay": "0.1"})
        start = stage.trial(FEW).weights()
        for options in settings:
            try:
                up = _run(stage.trial(FEW, options={**options, "maximize": "True"}), 1.0)
            except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
                said = f"With maximize it raised {stage.said(error)}."
                return by_design(said) if in_words(error, stage.subject.cls, "maximize") else failed(said)
            down = _run(stage.trial(FEW, options=options), -1.0)
            if not alike(up.weights(), down.weights(), start):
                return undecided(CHAOTIC) if stage.chaotic(_STEPS, FEW) else _told(stage, up, down, options)
        beside = " with and without weight decay" if len(settings) > 1 else ""
        return passed(f"{_STEPS} steps that maximize equal as many on negated gradients{beside}.")


def _told(stage: Stage, up: Trial, down: Trial, options: dict[str, str]) -> Answer:
    beside = f" with weight_decay={options['weight_decay']}" if options else ""
    start = stage.trial(FEW).weights()
    if alike(up.weights(), _run(stage.trial(FEW, options=options), 1.0).weights(), start):
        return failed(f"With maximize it takes the same {_STEPS} steps as without{beside}: it minimizes.")
    apart = gap(up.weights(), down.weights(), start)
    return failed(f"{_STEPS} steps that maximize and as many on negated gradients {apart}{beside}.")


def _run(trial: Trial, sign: float) -> Trial:
    trial.curvature = sign
    for index in range(_STEPS):
        trial.step([sign * each for each in trial.gradients(index)])
    return trial
