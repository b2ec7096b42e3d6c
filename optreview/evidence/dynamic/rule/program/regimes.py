"""Gradients under which a rule may take another way: normal, steady, mixed, tiny, zero, parallel to p."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from optreview.evidence.dynamic.trials.trial import Trial

    Regime = Callable[[Trial, int], list[torch.Tensor]]


def normal(trial: Trial, index: int) -> list[torch.Tensor]:
    """The usual ones."""
    return trial.gradients(index)


def steady(trial: Trial, index: int) -> list[torch.Tensor]:
    """The same in three steps, so that whatever adapts to progress sees it, then the other way."""
    return [each * (1 if index < 3 else -1) for each in trial.gradients(0)]


def mixed(trial: Trial, index: int) -> list[torch.Tensor]:
    """A thousand times as large in every third step, a thousandth in the step after."""
    scale = (1000.0, 0.001, 1.0)[index % 3]
    return [scale * each for each in trial.gradients(index)]


def tiny(trial: Trial, index: int) -> list[torch.Tensor]:
    """So small that their squares vanish beside any epsilon."""
    return [1e-12 * each for each in trial.gradients(index)]


def zero(trial: Trial, index: int) -> list[torch.Tensor]:
    """None at all after the third step."""
    return [each * (index < 3) for each in trial.gradients(index)]


def parallel(trial: Trial, index: int) -> list[torch.Tensor]:
    """Along the weights, now up, now down."""
    return [p.detach().clone() * (-1.0) ** index for p in trial.parameters]


def idle(trial: Trial, index: int) -> list[torch.Tensor]:
    """None at all in the first step."""
    return [each * (index > 0) for each in trial.gradients(index)]


def resting(trial: Trial, index: int) -> list[torch.Tensor]:
    """The usual ones; weights begin at zero, as biases do, and are back there in the fourth step."""
    for parameter in trial.parameters if index % 3 == 0 else ():
        parameter.detach().zero_()
    return trial.gradients(index)


REGIMES: tuple[Regime, ...] = (normal, steady, mixed, tiny, zero, parallel)
#: Where a norm is zero that a step may divide by; by what equations call them that do not hold there.
EXTREMES: dict[str, Regime] = {"idle-start": idle, "zero-weights": resting}
