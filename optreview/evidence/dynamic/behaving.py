"""Takes an optimizer through the scenarios and reads their figures."""

from __future__ import annotations

import math
from itertools import cycle
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.behaviour._scenario import Move, scenarios
from optreview.evidence.dynamic.phases import LateError
from optreview.evidence.dynamic.trials.trial import normal
from optreview.evidence.dynamic.workloads import SEED
from optreview.records import Response

if TYPE_CHECKING:
    from optreview.evidence.dynamic.behaviour._scenario import Course, Scenario
    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.evidence.dynamic.trials.trial import Trial

#: A matrix, or a vector for those that take no other; small, as nothing depends on the size.
_SHAPES = ((6, 4), (24,))
_DIGITS = 4


def responses(stage: Stage) -> tuple[Response, ...]:
    """The subject's figure in every scenario, in the order of the table."""
    return tuple(_response(stage, scenario) for scenario in scenarios())


def rate(trial: Trial) -> float | None:
    """The lr at the start, None where the groups have none that is a number other than zero."""
    lr = trial.optimizer.param_groups[0].get("lr")
    return float(lr) if isinstance(lr, int | float | torch.Tensor) and float(lr) else None


def trial_of(stage: Stage, scale: float = 1.0) -> Trial:
    """A new instance on one tensor, whose loss was multiplied by a number.

    Raises:
        UnsuitedError: It takes neither a matrix nor a vector.
    """
    taken = [shape for shape in _SHAPES if stage.plan.accepts(shape)]
    trial = stage.trial(taken[:1] or _SHAPES)
    for group in trial.optimizer.param_groups:
        if isinstance(group.get("weight_decay"), int | float):
            group["weight_decay"] = 0.0  # with an lr of one, as some have, all that shows is decay
    # without curvature the gradient is the same wherever a closure is called
    trial.curvature = scale * stage.plan.needs_graph
    return trial


def _response(stage: Stage, scenario: Scenario) -> Response:
    try:
        scaled = zip(scenario.courses, cycle(scenario.scales))
        moves = [_moves(trial_of(stage, scale), course) for course, scale in scaled]
    except LateError:
        raise
    except Exception:  # noqa: BLE001 - reviewed code raises what it likes
        return Response(scenario=scenario.id, word="failed")
    try:
        figure = scenario.figure(moves)
    except ZeroDivisionError:
        return Response(scenario=scenario.id, word="still")
    if not math.isfinite(figure):
        return Response(scenario=scenario.id, word="diverged")
    return Response(scenario=scenario.id, figure=float(f"{figure:.{_DIGITS}g}"))


def _moves(trial: Trial, course: Course) -> list[Move]:
    """Step along a course; what is not finite stays so in the figure."""
    over = rate(trial) or 1.0
    parameter = trial.parameters[0]
    signs = normal([parameter.shape], SEED, like=[parameter])[0].sign()
    places = [parameter.detach().clone()]
    for index, gradient in enumerate(course):
        given = gradient.mean * signs
        if gradient.noise:
            # the usual gradients have a standard deviation of a tenth
            given = given + 10 * gradient.noise * trial.gradients(index)[0]
        if gradient.first is not None:
            given[0] = gradient.first * signs[0]
        trial.step([given])
        places.append(parameter.detach().clone())
    moved = torch.stack(places).double().diff(dim=0) / over
    downhill = -moved * signs
    rows = (each.flatten(1).mean(1).tolist() for each in (downhill, moved.abs(), downhill[:, :1]))
    return [Move(*each) for each in zip(*rows, strict=True)]
