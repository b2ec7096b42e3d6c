"""Proof of the program: replayed beside a fresh optimizer with other numbers, every bit compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from optreview.evidence.dynamic.failures import said
from optreview.evidence.dynamic.rule.program.memo import situation_without
from optreview.evidence.dynamic.rule.program.tracing import situation

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.rule.program.instructions import Situation
    from optreview.evidence.dynamic.rule.program.settings import Settings
    from optreview.evidence.dynamic.rule.program.variants import Variants
    from optreview.evidence.dynamic.trials.trial import Trial

STEPS = 20
#: Those after which a single hyperparameter has shown whether it leads elsewhere.
_SHORT = 8
#: Far from the seeds of the recorded steps.
_LUCK = 1 << 21


@dataclass(frozen=True)
class Replay:
    """What came of it.

    Attributes:
        steps: How many steps agreed to the bit, in parameters and every state entry.
        error: Why the next one did not, as a sentence; empty if all did.
        otherwise: Because the numbers led where no recorded step went.
    """

    steps: int
    error: str = ""
    otherwise: bool = False


@dataclass(frozen=True)
class Proof:
    """A replay, and the settings under which it was made."""

    replay: Replay
    settings: Settings

    @property
    def proven(self) -> bool:
        """Whether every step agreed."""
        return not self.replay.error


def replay(trial: Trial, variants: Variants, steps: int = STEPS) -> Replay:
    """Step an optimizer, and beside it the programs, which from the same start on never look at it."""
    beside = _seen(trial, variants).copied()
    found: list[Replay] = []
    start = trial.weights()

    def observe(closure: Callable[[], torch.Tensor] | None) -> None:
        nonlocal beside
        _give(beside, trial)
        generator = torch.get_rng_state()
        with torch.compiler.set_stance("force_eager"):  # a compiler rounds otherwise
            trial.optimizer.step(closure) if closure else trial.optimizer.step()  # type: ignore[arg-type]
        torch.set_rng_state(generator)
        try:
            with torch.no_grad():
                after = variants.step(beside, closure and _closure(trial, closure))
        except RuntimeError as error:
            found.append(Replay(index, f"Executing its step {index + 1} again ends with: {said(error)}."))
            return
        if after is None:
            found.append(Replay(index, f"Its step {index + 1} took a way that was not recorded.", True))
            return
        beside = after
        differing = _differences(after, _seen(trial, variants))
        if differing:
            found.append(Replay(index, f"In step {index + 1} the two differ in {differing[0]}."))

    trial.observe = observe
    trial.luck = _LUCK
    for index in range(steps):
        trial.step(trial.gradients(index + STEPS), index)
        if found:
            return found[0]
    if steps == STEPS and all(map(torch.equal, trial.weights(), start)):
        return Replay(0, "It moves no weight of the small tensors, so that nothing shows.")
    return Replay(steps)


def _seen(trial: Trial, variants: Variants) -> Situation:
    """What the optimizer holds, less what the programs leave out."""
    return situation_without(situation(trial.optimizer, trial.parameters), variants.memos)


def _give(beside: Situation, trial: Trial) -> None:
    """The gradients of this step, as copies, and whether they can be differentiated."""
    for index, parameter in enumerate(trial.parameters):
        beside.tensors.pop(f"grad.{index}", None)
        if parameter.grad is not None:
            beside.tensors[f"grad.{index}"] = parameter.grad.detach().clone()
            if parameter.grad.requires_grad:
                beside.curvature = trial.curvature


def _closure(trial: Trial, closure: Callable[[], torch.Tensor]) -> Callable[[dict[int, torch.Tensor]], Any]:
    """The loss and the gradients at the replay's own parameters."""

    def call(parameters: dict[int, torch.Tensor]) -> Any:  # noqa: ANN401 - gradients and loss
        here = [p.detach().clone() for p in trial.parameters]
        for index, parameter in enumerate(trial.parameters):
            parameter.data.copy_(parameters[index])
        loss = closure()
        gradients = {i: p.grad.clone() for i, p in enumerate(trial.parameters) if p.grad is not None}
        for parameter, value in zip(trial.parameters, here, strict=True):
            parameter.data.copy_(value)
        return gradients, loss

    return call


def _differences(after: Situation, real: Situation) -> list[str]:
    """Places in which the two do not agree to the bit."""
    found = []
    for place, tensor in real.tensors.items():
        if place.startswith("grad."):
            continue
        other = after.tensors.get(place)
        if other is None or not _equal(other, tensor):
            found.append(place)
    found += [place for place, number in real.numbers.items() if not _alike(after.numbers.get(place), number)]
    if after.flags != real.flags:
        found.append("a flag")
    return found


def _equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.is_floating_point():
        one, other = one.detach().contiguous().flatten(), other.detach().contiguous().flatten()
        return torch.equal(one.view(torch.uint8), other.view(torch.uint8))
    return torch.equal(one, other)


def _alike(one: object, other: object) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)


def prove(make: Callable[[Settings], Trial], variants: Variants, base: Settings, others: Settings) -> Proof:
    """Replay with as many other numbers as lead along ways that were recorded."""
    found = replay(make(others), variants)
    if not found.otherwise:
        return Proof(found, others)
    kept = dict(base)
    changed = {name: source for name, source in others.items() if base.get(name) != source}
    for name, source in changed.items():
        alone = replay(make({**base, name: source}), variants, _SHORT)
        if not alone.otherwise:
            kept[name] = source
    return Proof(replay(make(kept), variants), kept)


def culprits(
    make: Callable[[Settings], Trial], variants: Variants, base: Settings, others: Settings
) -> tuple[str, ...]:
    """Hyperparameters that the programs do not carry, if they agree at the recorded ones."""
    if replay(make(base), variants).error:
        return ()
    changed = {name: source for name, source in others.items() if base.get(name) != source}
    return tuple(
        name for name, source in changed.items() if replay(make({**base, name: source}), variants).error
    )
