"""Does an optimizer survive float16 gradients that are tiny or zero?"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.likeness import finite
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, not_applicable, passed
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.evidence.dynamic.trials.trial import Trial

_STEPS = 6
#: Its square is below 6e-8, the smallest float16 above zero.
_TINY = 1e-4
#: Those of the other kind: neither zero nor that tiny, though some are small.
_USUAL = 2
#: It does not vanish in float16.
_EPS = 1e-4


class Float16TinyGradients(Probe):
    """Do weights stay finite in pure float16 when gradients are tiny or zero?

    Six steps with float16 parameters; a third of the gradient's elements is zero, a third 1e-4, the rest as
    usual. Squares of the tiny ones vanish in float16, and so does an ``eps`` of 1e-8: where one is an
    argument, it is tried at 1e-4, too.
    """

    care = "medium"
    failing = (
        "In pure float16 weights became NaN or infinite when gradients were tiny or zero; float32 weights "
        "stayed finite under the same. A warning more than a fault: torch.optim.AdamW fails too."
    )
    source = "https://github.com/google-deepmind/optax/issues/1754"

    def ask(self, stage: Stage) -> Answer:
        """Take the steps in float16, and in float32 if weights are not finite."""
        trial = stage.trial(FEW, dtype=torch.float16)
        at = _first_not_finite(trial)
        if at is None:
            return passed(f"Weights were finite after {_STEPS} float16 steps with gradients of 0 and 1e-04.")
        if _first_not_finite(stage.trial(FEW)) is not None:
            return not_applicable("With such gradients weights are not finite in float32 either.")
        with_eps = _with_eps(stage)
        return failed(
            f"Weights are not finite after step {at} with float16 gradients of 0 and 1e-04, {_where(trial)}"
            f"{with_eps}."
        )


def _where(trial: Trial) -> str:
    """Of which size the gradients were where weights are not finite, and whether others of that size are."""
    lost, kept = set[int](), set[int]()
    for weights in trial.parameters:
        kinds, fine = _kinds(weights), torch.isfinite(weights.detach())
        lost |= set(kinds[~fine].tolist())
        kept |= set(kinds[fine].tolist())
    small = lost - {_USUAL}
    named = " or ".join(("0", "1e-04")[kind] for kind in sorted(small))
    told = f"{'in some places ' if small & kept else ''}where they were {named}" if named else ""
    usual = "for some of the usual size" if _USUAL in lost else ""
    return ", and ".join(each for each in (told, usual) if each)


def _with_eps(stage: Stage) -> str:
    """What a larger eps does about it; nothing where none is a number by default, or it is as large."""
    parameter = inspect.signature(stage.subject.cls).parameters.get("eps") if stage.takes("eps") else None
    default = parameter.default if parameter else None
    if not isinstance(default, float) or not 0 < default < _EPS:
        return ""
    try:
        at = _first_not_finite(stage.trial(FEW, dtype=torch.float16, options={"eps": f"{_EPS:g}"}))
    except Exception:  # noqa: BLE001 - that it refuses this eps is no answer to the question
        return ""
    if at is None:
        return f"; with eps={_EPS:g} they stayed finite over the {_STEPS} steps"
    return f"; with eps={_EPS:g} they are not after step {at} either"


def _first_not_finite(trial: Trial) -> int | None:
    for index in range(_STEPS):
        trial.step([_thinned(each) for each in trial.gradients(index)])
        if not finite(trial.weights()):
            return index + 1
    return None


def _kinds(tensor: torch.Tensor) -> torch.Tensor:
    """Of every element whether its gradient is zero, tiny or as usual: 0, 1 or 2."""
    return torch.arange(tensor.numel(), device=tensor.device).reshape(tensor.shape) % 3


def _thinned(gradient: torch.Tensor) -> torch.Tensor:
    """Of three elements one is zero and one tiny."""
    place = _kinds(gradient)
    tiny = torch.full_like(gradient, _TINY)
    return torch.where(place == 0, torch.zeros_like(gradient), torch.where(place == 1, tiny, gradient))
