"""Two execution paths of one optimizer, held against each other in many settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.arguments import numbers, switches
from optreview.evidence.dynamic.trials.likeness import CHAOTIC, alike, finite, gap
from optreview.evidence.dynamic.trials.probe import failed, passed, undecided
from optreview.evidence.dynamic.trials.stage import FEW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optreview.evidence.dynamic.trials.probe import Answer
    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.evidence.dynamic.trials.trial import Trial

    Options = dict[str, str]

_STEPS = 4
_MOST = 12
#: Of the way, what the paths may be apart: some compute an update in bfloat16, whose roundings are as large.
_SHARE = 0.01
#: For numbers that are off at their default of zero.
_ON = "0.1"


@dataclass(frozen=True)
class _Beside:
    """In how many settings both paths agree, and how far apart they end in the first in which they do not.

    Attributes:
        error: What the first path raised at the defaults, where nothing could be compared.
    """

    compared: int
    differing: str = ""
    error: Exception | None = None


def answered(stage: Stage, name: str, loop: Options, refused: Callable[[Exception], Answer]) -> Answer:
    """Whether the path that ``name`` switches on does what the for-loop does.

    Args:
        stage: Sets trials up.
        name: The constructor's argument.
        loop: The arguments that give the for-loop.
        refused: What to answer where one of the two paths cannot be run.
    """
    found = _compared(stage, {name: "True"}, loop)
    if found.error is not None:
        return refused(found.error)
    if found.differing:
        return failed(f"{_STEPS} steps along the two paths {found.differing}.")
    if not found.compared:
        return undecided(CHAOTIC)
    return passed(f"{name} gave the for-loop's weights in each of {found.compared} settings.")


def _compared(stage: Stage, path: Options, loop: Options) -> _Beside:
    """Step along both paths, at the defaults and with options, until they differ."""
    count = 0
    for options in _settings(stage):
        for missing in (False,) if options else (False, True):
            try:
                other = _run(stage, {**options, **loop}, missing=missing)
                one = _run(stage, {**options, **path}, missing=missing)
            except Exception as error:  # noqa: BLE001 - options that cannot be run say nothing of the path
                if not options and not missing:
                    return _Beside(0, error=error)
                continue
            start = stage.trial(FEW).weights()
            if alike(one.weights(), other.weights(), start, _SHARE):
                count += 1
            elif finite(other.weights()) and not stage.chaotic(_STEPS, FEW, {**options, **loop}):
                apart = gap(one.weights(), other.weights(), start)
                return _Beside(count, apart + _words(options, missing))
    return _Beside(count)


def _settings(stage: Stage) -> Iterator[Options]:
    """The defaults, numbers switched on, switches flipped, and switches flipped beside the numbers."""
    cls, plan = stage.subject.cls, stage.plan
    on = {name: _ON for name, value in numbers(cls, plan).items() if value == 0}
    flipped = [{name: str(not value)} for name, value in switches(cls, plan).items()]
    alone, all_on = [{name: value} for name, value in on.items()], [on] if len(on) > 1 else []
    yield from [{}, *alone, *flipped, *all_on, *({**on, **f} for f in flipped if on)][:_MOST]


def _run(stage: Stage, options: Options, *, missing: bool) -> Trial:
    """Steps with the usual gradients; every second time a parameter is without one if any is ``missing``."""
    trial = stage.trial(FEW, options=options)
    for index in range(_STEPS):
        gradients = trial.gradients(index)
        left_out = 1 if missing and index % 2 else len(gradients)
        trial.step([None if place == left_out else each for place, each in enumerate(gradients)])
    return trial


def _words(options: Options, missing: bool) -> str:
    told = [f"{name}={value}" for name, value in options.items()]
    told += ["a gradient missing in every second step"] if missing else []
    return f" with {', '.join(told)}" if told else ""
