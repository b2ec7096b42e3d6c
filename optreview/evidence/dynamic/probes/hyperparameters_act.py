"""Does every numeric hyperparameter change something?"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.arguments import numbers, switches
from optreview.evidence.dynamic.trials.holdings import entries
from optreview.evidence.dynamic.trials.likeness import bitwise
from optreview.evidence.dynamic.trials.probe import Answer, Probe, not_applicable, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.trials.stage import Stage

    Options = dict[str, str]
    Numbers = dict[str, float | tuple[float, ...]]

_SHAPES = ((6, 4), (6,))
#: Large enough for whatever wants size: eight-bit state, factored state, blocks.
_LARGER = ((72, 64),)
_STEPS, _LONGER, _FEWER = 12, 40, 6
#: Factors on the usual gradients of size 0.1: what acts only beside tiny or large ones.
_SCALES = (1.0, 1e-7, 1e4)
_ON = "0.1"
#: From here on a number may be one of steps, beyond those that are taken here.
_HORIZON = 100
#: A whole number from here on may be one of steps that is awaited.
_SEVERAL = 5
#: A number so small is a guard against zero, and acts when it is large.
_GUARD = 1e-4
#: Settings beside which an idle number is tried.
_MOST = 24


class HyperparametersAct(Probe):
    """Do all numeric hyperparameters act when halved or doubled, or was no effect of some seen?

    Each number that the constructor takes is halved and doubled, a zero set to 0.1 to 2, beside gradients of
    usual size, tiny and large ones. What changes no bit of weights and state is tried again at a hundredth
    and a hundredfold, beside switches flipped, numbers switched on, other options and horizons of one step,
    in more steps, and on a larger tensor. The words: ``all-act``, ``some-idle``.
    """

    care = "medium"
    of_rest = True
    failing = (
        "An argument without an effect is set and tuned in vain. What it needs may also not have been "
        "tried: a model with certain names, a larger tensor, a later step."
    )
    source = "https://github.com/kozistr/pytorch_optimizer/issues/517"
    unit = "verdict"

    def ask(self, stage: Stage) -> Answer:
        """Turn every number, and try those that did nothing in more settings."""
        taken = numbers(stage.subject.cls, stage.plan)
        if not taken:
            return not_applicable("Its constructor takes no number with a default.")
        bench = _Bench(stage, taken)
        idle = [knob for knob in bench.knobs if not bench.acts([knob], {}, (0.5, 2.0))]
        settings = 1
        for setting in bench.settings() if idle else ():
            settings += 1
            idle = bench.idle(idle, setting)
            if not idle:
                break
        for shapes, steps in ((_SHAPES, _LONGER), (_LARGER, _FEWER)):
            idle = _Bench(stage, taken, shapes, steps, (1.0,)).idle(idle, bench.everything())
        if idle:
            named = ", ".join(sorted(idle))
            tried = f"any of {settings + 2} settings that were tried"
            return verdict("some-idle", f"No effect on weights or state in {tried}: {named}.")
        return verdict("all-act", f"Each changes weights or state: {', '.join(sorted(bench.knobs))}.")


class _Bench:
    """Runs with numbers changed; a number inside a tuple is a knob of its own, as ``betas[0]``."""

    def __init__(
        self,
        stage: Stage,
        taken: Numbers,
        shapes: tuple[tuple[int, ...], ...] = _SHAPES,
        steps: int = _STEPS,
        scales: tuple[float, ...] = _SCALES,
    ) -> None:
        self._stage, self._taken = stage, taken
        self._shapes, self._steps, self._scales = shapes, steps, scales
        self._known: dict[tuple[float, tuple[tuple[str, str], ...]], list[torch.Tensor] | None] = {}
        self.knobs = dict(_knobs(taken))

    def idle(self, knobs: list[str], beside: Options) -> list[str]:
        """Those that do nothing beside other options; all are turned at once first, as mostly none acts."""
        far = (0.01, 100.0)
        if not knobs or not self.acts(knobs, beside, far):
            return knobs
        return [knob for knob in knobs if not self.acts([knob], beside, far)]

    def acts(self, knobs: list[str], beside: Options, factors: tuple[float, ...]) -> bool:
        """Whether other values, all of them at once, change a weight or the state.

        Values that it does not take change nothing, unless some of them may be to blame for others.
        """
        names = {knob.partition("[")[0] for knob in knobs}
        beside = {key: each for key, each in beside.items() if key not in names}
        choices = [list(_others(self.knobs[knob], factors)) for knob in knobs]
        for scale in self._scales:
            base = self._after(beside, scale)
            if base is None:
                continue
            for turn in range(max(map(len, choices))):
                values = {knob: of[turn % len(of)] for knob, of in zip(knobs, choices, strict=True)}
                changed = self._after({**beside, **self._written(values)}, scale)
                if changed is None:
                    if len(knobs) > 1:
                        return True
                elif not (len(changed) == len(base) and bitwise(changed, base)):
                    return True
        return False

    def settings(self) -> Iterator[Options]:
        """What else to set: numbers switched on, horizons that are over, each option, and all of it."""
        on, over = self._on(), self._over()
        flips = [*self._flips(), *({option.name: option.value} for option in self._stage.options)]
        alone = ({n: v} for n, v in on.items())
        every = chain([on, over, {**over, **on}], alone, flips, ({**over, **on, **flip} for flip in flips))
        yield from [each for each in every if each][:_MOST]

    def everything(self) -> Options:
        """All numbers that are off switched on, and horizons that are over."""
        return {**self._over(), **self._on()}

    def _on(self) -> Options:
        return {name: _ON for name, value in self._taken.items() if value == 0}

    def _over(self) -> Options:
        """Numbers of steps, as they may be, set to one: what begins after them begins now."""
        return {n: "1" for n, v in self._taken.items() if isinstance(v, int) and v >= _SEVERAL}

    def _flips(self) -> list[Options]:
        return [{n: str(not v)} for n, v in switches(self._stage.subject.cls, self._stage.plan).items()]

    def _after(self, options: Options, scale: float) -> list[torch.Tensor] | None:
        """Weights and state after the steps; None if it cannot be run."""
        key = (scale, tuple(sorted(options.items())))
        if key not in self._known:
            self._known[key] = self._run(options, scale)
        return self._known[key]

    def _run(self, options: Options, scale: float) -> list[torch.Tensor] | None:
        try:
            trial = self._stage.trial(self._shapes, options=options)
            for index in range(self._steps):
                trial.step([scale * each for each in trial.gradients(index)])
        except Exception:  # noqa: BLE001 - a value that it does not take says nothing
            return None
        held = (torch.as_tensor(value).detach().clone() for _, value in entries(trial))
        return [*trial.weights(), *held]

    def _written(self, values: dict[str, float]) -> Options:
        """The values as arguments, those of one tuple together."""
        written: Options = {}
        tuples = {n: list(each) for n, each in self._taken.items() if isinstance(each, tuple)}
        for knob, value in values.items():
            name, _, place = knob.partition("[")
            if place:
                tuples[name][int(place.rstrip("]"))] = value
            written[name] = repr(tuple(tuples[name])) if place else repr(value)
        return written


def _knobs(taken: Numbers) -> Iterator[tuple[str, float]]:
    for name, value in taken.items():
        if isinstance(value, tuple):
            yield from ((f"{name}[{index}]", each) for index, each in enumerate(value))
        else:
            yield name, value


def _others(value: float, factors: tuple[float, ...]) -> Iterator[float]:
    """Multiples: of an integer whole ones; of a zero small numbers; of what is left of a share up to one."""
    if value == 0:
        yield from (0.1, 0.5, 1, 2)
    for factor in factors:
        other = value * factor
        if 0.5 <= value < 1 <= other:
            other = 1 - (1 - value) / factor
        if isinstance(value, int):
            other = round(other)
        if other != value:
            yield other
    if abs(value) >= _HORIZON:
        yield from (1, 3)
    if 0 < abs(value) <= _GUARD and max(factors) > 2:
        yield 0.5
