"""Values of hyperparameters: those at which every knob is on, others, and which have no effect."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.phases import LateError
from optreview.evidence.dynamic.plan import evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optreview.evidence.dynamic.trials.stage import Shape, Stage
    from optreview.evidence.dynamic.trials.trial import Trial

#: What a knob that is off is turned to, and how much farther each further one, since two that are equal could
#: stand for each other; one that counts something; and over how many steps it has to show.
_ON, _FURTHER = (0.1, 0.01), 0.2
_COUNTING = ("3",)
_STEPS = 3
#: What a hyperparameter has to show in before it is said to have no effect.
_LONGER = 12
_HALF = 0.5

Settings = dict[str, str]


def numbers(stage: Stage) -> dict[str, object]:
    """Constructor arguments that are numbers, or tuples of them, with the value they have by the plan."""
    given: dict[str, object] = {}
    for option in stage.plan.arguments:
        try:
            given[option.name] = evaluate(option.value, stage.subject.names)
        except Exception:  # noqa: BLE001 - it names what only a trial has, such as the model
            given[option.name] = None
    try:
        parameters = inspect.signature(stage.subject.cls).parameters.values()
    except (TypeError, ValueError):
        return {}
    found = {each.name: given.get(each.name, each.default) for each in parameters}
    return {name: value for name, value in found.items() if _numeric(value)}


def _whole_numbers(stage: Stage) -> set[str]:
    """Constructor arguments that are said to be whole numbers."""
    try:
        parameters = inspect.signature(stage.subject.cls).parameters.values()
    except (TypeError, ValueError):
        return set()
    return {each.name for each in parameters if each.annotation in {int, "int"}}


def _numeric(value: object) -> bool:
    if isinstance(value, tuple | list):
        return bool(value) and all(map(_numeric, value))
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def runs(stage: Stage, shapes: tuple[Shape, ...]) -> bool:
    """Whether it takes a few steps on tensors of these shapes."""
    return course(stage, shapes, {}) is not None


def switched_on(stage: Stage, shapes: tuple[Shape, ...]) -> Settings:
    """Knobs that are zero by default and change the course when they are not: the rule shall show them."""
    base = course(stage, shapes, {})
    if base is None:
        return {}
    chosen: Settings = {}
    counting = _whole_numbers(stage)
    for name, value in numbers(stage).items():
        if isinstance(value, tuple | list) or value != 0 or name in stage.pinned:
            continue
        on = tuple(f"{each * (1 + _FURTHER * len(chosen)):g}" for each in _ON)
        for source in _COUNTING if name in counting else on:
            found = course(stage, shapes, {**chosen, name: source})
            if found is not None and not same(found, course(stage, shapes, chosen) or base):
                chosen[name] = source
                break
    return chosen


def varied(stage: Stage, shapes: tuple[Shape, ...], settings: Settings) -> Settings:
    """Other values for as many hyperparameters as the optimizer takes them of, beside ``settings``."""
    others = dict(_others(stage, settings))
    if course(stage, shapes, {**settings, **others}) is not None:
        return {**settings, **others}
    found = dict(settings)
    for name, source in others.items():
        if course(stage, shapes, {**found, name: source}) is not None:
            found[name] = source
    return found


def idle(stage: Stage, shapes: tuple[Shape, ...], settings: Settings) -> tuple[str, ...]:
    """Hyperparameters that lead nowhere else when each is varied alone, beside ``settings``."""
    plain = course(stage, shapes, settings, _LONGER)
    if plain is None:
        return ()
    found = []
    for name, source in _others(stage, settings):
        other = course(stage, shapes, {**settings, name: source}, _LONGER)
        if other is not None and same(plain, other):
            found.append(name)
    return tuple(sorted(found))


def _others(stage: Stage, settings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, default in numbers(stage).items():
        value = evaluate(settings[name], stage.subject.names) if name in settings else default
        other = _other(value)
        if other != value:
            yield name, repr(other)


def _other(value: object) -> object:
    """A number near by that is likely to be as valid: below one it stays there; whole numbers are choices."""
    if isinstance(value, tuple | list):
        return type(value)(_other(each) for each in value)
    if not isinstance(value, float):
        return value
    if _HALF < value < 1:  # as a decay rate is: how far it is from one matters
        return 1 - (1 - value) * 1.25
    return value * (0.8 if abs(value) <= 1 else 1.25)


def course(
    stage: Stage, shapes: tuple[Shape, ...], settings: Mapping[str, str], steps: int = _STEPS
) -> list[torch.Tensor] | None:
    """The weights after a few steps; None where it cannot be built or does not stay finite."""
    try:
        trial: Trial = stage.trial(shapes, options=settings)
        trial.run(steps)
    except LateError:
        raise
    except Exception:  # noqa: BLE001 - reviewed code raises what it likes
        return None
    weights = trial.weights()
    return weights if all(bool(torch.isfinite(each).all()) for each in weights) else None


def same(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    """Whether both led to the same place, to the bit."""
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
