"""Are the gradients left as they are, with the options that change the sign or add to them?"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, not_applicable, passed, undecided
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 3


class GradientsPreservedWithOptions(Probe):
    """Are the gradients the same after the step as before it, with ``maximize`` and with weight decay?

    Three steps with each of ``maximize=True`` and ``weight_decay=0.1`` that the constructor has, and with
    weight decay that is added to the gradient where a ``…decouple…`` option can be switched off.
    """

    care = "medium"
    of_rest = True
    failing = "Gradients that are logged, clipped or accumulated after the step are no longer the model's."
    source = "https://pytorch.org/docs/2.5/generated/torch.optim.Optimizer.step.html"

    def ask(self, stage: Stage) -> Answer:
        """Compare the gradients around every step."""
        configurations = _configurations(stage.subject.cls)
        if not configurations:
            return not_applicable("Its constructor has neither maximize nor weight_decay.")
        tried, refused, found = [], [], []
        for options in configurations:
            words = ", ".join(f"{name}={value}" for name, value in options.items())
            try:
                changed, of = _changed(stage, options)
            except Exception as error:  # noqa: BLE001 - an option may not go with the others
                refused.append(f"{words} raised {stage.said(error)}")
                continue
            if changed:
                found.append(f"with {words}, a step changed {changed} of {of} gradients")
            tried.append(words)
        if found:
            told = "; ".join(found)
            return failed(f"{told[0].upper()}{told[1:]}.")
        if not tried:
            return undecided(f"It could not be tried: {'; '.join(refused)}.")
        return passed(f"{_STEPS} steps left every gradient as it was, with {'; '.join(tried)}.")


def _configurations(cls: type) -> list[dict[str, str]]:
    try:
        parameters = inspect.signature(cls).parameters
    except (TypeError, ValueError):
        return []
    configurations = [{"maximize": "True"}] if "maximize" in parameters else []
    if "weight_decay" in parameters:
        decay = {"weight_decay": "0.1"}
        coupled = {
            name: "False" for name, p in parameters.items() if "decouple" in name and p.default is True
        }
        configurations += [decay, {**decay, **coupled}] if coupled else [decay]
    return configurations


def _changed(stage: Stage, options: Mapping[str, str]) -> tuple[int, int]:
    """Of how many gradients a step changed at most, and how many there are."""
    trial = stage.trial(FEW, options=options)
    most = 0
    for _ in range(_STEPS):
        trial.run(1)
        pairs = zip(trial.parameters, trial.given, strict=True)
        most = max(most, sum(_differ(p.grad, given) for p, given in pairs))
    return most, len(trial.parameters)


def _differ(now: torch.Tensor | None, given: torch.Tensor | None) -> bool:
    """Whether the values changed; dropping a gradient changes none."""
    if now is None or given is None:
        return False
    return not torch.equal(now.to_dense(), given.to_dense())
