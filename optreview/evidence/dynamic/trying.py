"""Recommended lines, run as they are printed, on a small model.

Configurations are followed by the lines that make an optimizer of them. A search is run with stand-ins for
Optuna and Ray Tune that try both ends of every range, so that neither has to be installed.
"""

from __future__ import annotations

import sys
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch

from optreview.evidence.dynamic import failures
from optreview.evidence.dynamic.load import load
from optreview.evidence.dynamic.phases import LateError, in_forks, in_process
from optreview.evidence.dynamic.session import seed
from optreview.evidence.dynamic.wire import Rehearsed
from optreview.records import Tried

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from optreview.evidence.dynamic.phases import Outcome
    from optreview.evidence.dynamic.wire import Limits, Rehearse, Script

    Names = dict[str, Any]

#: Steps on the small model for settings, and for each end of a search.
_STEPS, _ENDS_STEPS = 25, 3
#: Where both ends are tried, in this order.
_LOW, _HIGH = 0, -1


class _FailedError(Exception):
    """It ran, and did not do what it should; the text says what."""


def rehearse(request: Rehearse, device: str, limit: str, limits: Limits) -> tuple[Tried, ...]:
    """Run every script; where one takes the process with it, each in a process of its own."""
    load(request.target, limit, boxed=limits.sandboxed)
    outcomes = _run([partial(_all, request.scripts, request)], device, limits)
    message = next(outcomes).message
    if isinstance(message, Rehearsed):
        return message.tried
    alone = [partial(_all, (script,), request) for script in request.scripts]
    pairs = zip(request.scripts, _run(alone, device, limits), strict=True)
    return tuple(_settled(script, outcome, limits) for script, outcome in pairs)


def _run(works: Sequence[Callable[[], Rehearsed]], device: str, limits: Limits) -> Iterator[Outcome]:
    if device == "cpu":
        return in_forks(works, seconds=_share(limits), sealed=limits.sandboxed)
    return in_process(works, seconds=_share(limits))


def _share(limits: Limits) -> float:
    """Seconds for one process: all of them together have the whole limit."""
    return limits.wall_seconds / 4


def _settled(script: Script, outcome: Outcome, limits: Limits) -> Tried:
    if isinstance(outcome.message, Rehearsed):
        return outcome.message.tried[0]
    reason = f"It did not finish within {_share(limits):g} s."
    if not outcome.late:
        reason = "It ended the whole process."
    return Tried(text=script.text, outcome="failed", reason=reason)


def _all(scripts: Sequence[Script], request: Rehearse) -> Rehearsed:
    return Rehearsed(tried=tuple(_one(script, request) for script in scripts))


def _one(script: Script, request: Rehearse) -> Tried:
    taken: list[int] = []
    try:
        if script.search:
            _search(script, request, taken)
        else:
            _settings(script, request, taken)
    except _FailedError as fault:
        return Tried(text=script.text, outcome="failed", reason=str(fault), steps=sum(taken))
    except LateError:
        raise
    except BaseException as error:  # noqa: BLE001 - reviewed code raises what it likes
        said = failures.said(error, request.target).rstrip(".")
        return Tried(text=script.text, outcome="failed", reason=f"It raised {said}.", steps=sum(taken))
    return Tried(text=script.text, outcome="ran", steps=sum(taken))


def _settings(script: Script, request: Rehearse, taken: list[int]) -> None:
    seed(0)
    names: Names = {"model": _model()}  # what a reader is told to have, and no more
    for lines in (script.text, script.completion):
        exec(compile(lines, "<recommended>", "exec"), names)  # noqa: S102 - in the box, beside the reviewed code
    _train(names, request.step, _STEPS, taken, moves=True)


def _search(script: Script, request: Rehearse, taken: list[int]) -> None:
    """Both ends of every range at once: a constructor that refuses one of them raises."""

    def train(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> float:
        names: Names = {"model": model, "optimizer": optimizer}
        return _train(names, request.step, _ENDS_STEPS, taken, moves=False)

    seed(0)
    sys.modules.update(_stand_ins())
    names: Names = {"build_model": _model, "train": train}
    exec(compile(script.text, "<recommended>", "exec"), names)  # noqa: S102 - in the box, as above
    if len(taken) < 2:
        raise _FailedError("The search did not train.")


def _train(names: Names, step: str, steps: int, taken: list[int], *, moves: bool) -> float:
    model = names["model"]
    before = [p.detach().clone() for p in model.parameters()]
    code = compile(step, "<step>", "exec")
    names["torch"] = torch
    taken.append(0)
    for _ in range(steps):
        exec(code, names)  # noqa: S102 - the recipe's own lines
        taken[-1] += 1
    after = [p.detach() for p in model.parameters()]
    if not all(torch.isfinite(p).all() for p in after):
        raise _FailedError(f"After {steps} steps some weights were not finite.")
    pairs = zip(before, after, strict=True)
    if moves and all(torch.equal(one, other) for one, other in pairs):
        raise _FailedError(f"In {steps} steps no weight moved.")
    return 0.0


def _model() -> torch.nn.Module:
    """The one of the recipe's snippet."""
    return torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.GELU(), torch.nn.Linear(32, 4))


class _Trial:
    """What Optuna gives an objective, with one end of every range."""

    def __init__(self, end: int) -> None:
        self._end = end

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """One end."""
        return float(_end(name, low, high, self._end, log=log))

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """One end."""
        return int(_end(name, low, high, self._end, log=log))

    def suggest_categorical(self, name: str, choices: Sequence[object]) -> object:
        """The first choice or the last."""
        if not choices:
            raise _FailedError(f"There is nothing to choose from for {name}.")
        return choices[self._end]


def _end(name: str, low: float, high: float, end: int, *, log: bool) -> float:
    """As the real ones do, refuse a range that is none."""
    if not low < high or (log and low <= 0):
        raise _FailedError(f"The range of {name} is none: {low} to {high}.")
    return (low, high)[end]


class _Tuner:
    """What calls a trainable with a configuration."""

    def __init__(
        self, trainable: Callable[[Names], None], *, param_space: Names, tune_config: object
    ) -> None:
        self._trainable, self._space, self._config = trainable, param_space, tune_config

    def fit(self) -> None:
        """With both ends."""
        for end in (_LOW, _HIGH):
            self._trainable({name: values[end] for name, values in self._space.items()})


def _stand_ins() -> dict[str, ModuleType]:
    def float_ends(low: float, high: float) -> tuple[float, float]:
        return _end("a number", low, high, _LOW, log=False), _end("a number", low, high, _HIGH, log=False)

    def whole_ends(low: int, high: int) -> tuple[int, int]:
        return low, int(_end("a number", low, high, _HIGH, log=False)) - 1

    tune = ModuleType("ray.tune")
    vars(tune).update(
        loguniform=float_ends,
        uniform=float_ends,
        randint=whole_ends,
        lograndint=whole_ends,
        choice=tuple,
        report=lambda metrics: metrics,
        Tuner=_Tuner,
        TuneConfig=SimpleNamespace,
    )
    ray, optuna = ModuleType("ray"), ModuleType("optuna")
    vars(ray).update(tune=tune)
    vars(optuna).update(create_study=lambda *, direction: SimpleNamespace(optimize=_optimize, way=direction))
    return {"ray": ray, "ray.tune": tune, "optuna": optuna}


def _optimize(objective: Callable[[_Trial], float], *, n_trials: int) -> None:
    for end in (_LOW, _HIGH)[:n_trials]:
        objective(_Trial(end))
