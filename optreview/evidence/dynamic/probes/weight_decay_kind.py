"""What kind of weight decay is it?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.trials.arguments import switches
from optreview.evidence.dynamic.trials.likeness import bitwise, finite
from optreview.evidence.dynamic.trials.probe import Answer, Probe, not_applicable, undecided, verdict
from optreview.evidence.dynamic.trials.trial import normal
from optreview.evidence.dynamic.workloads import SEED

if TYPE_CHECKING:
    import torch

    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.evidence.dynamic.trials.trial import Trial

_SHAPES = ((6, 4), (6,))
#: Beside weights of this size neither a step nor what decay does to the next step's weights counts.
_SIZE = 10.0
_WARM_UP = 12
#: Steps with decay, and how many are taken while both kinds still look the same: they may part slowly.
_STEPS, _MOST = 3, 12
_DECAY = 0.1
#: So much does not vanish beside weights either.
_STRONG = 10.0
#: Largest deviation from what a kind of decay predicts, after any of the steps, as a share of what decay
#: changes in all of them: kinds that are not the same may still meet after some number of steps.
_NEAR = 0.05


class WeightDecayKind(Probe):
    """Is ``weight_decay`` coupled, decoupled, both at once (equivalent), other, or of no effect (none)?

    After twelve steps without decay, 0.1 is put into the groups and three steps are taken, or twelve while
    more than one answer fits. Decoupled: the weights are those without decay but for a constant share that is
    taken off in each step. Coupled: they are those of gradients to which ``weight_decay`` times the weights
    was added. Both hold for plain SGD. Where that in the groups does nothing but the constructor's does, it
    is ``not-in-groups``. Where it acts, every switch is flipped, to say beside which it does nothing.
    """

    care = "high"
    failing = (
        "Where it has no effect, it is silently ignored. Coupled decay passes through the step's "
        "scaling, so that in adaptive methods weights with large gradients decay less; a value tuned for one "
        "kind is wrong for the other."
    )
    source = "https://arxiv.org/abs/1711.05101"
    unit = "verdict"

    def ask(self, stage: Stage) -> Answer:
        """Compare steps with decay to what each kind predicts."""
        groups = stage.trial(_SHAPES).optimizer.param_groups
        if any("weight_decay" not in group for group in groups):
            return not_applicable("Its groups have no weight_decay.")
        without, with_decay, added = (self._warm(stage) for _ in range(3))
        if not bitwise(without.weights(), with_decay.weights()):
            return undecided("Two runs alike gave different weights.")
        for group in with_decay.optimizer.param_groups:
            group["weight_decay"] = _DECAY
        shares: list[torch.Tensor] = []
        predicted, seen = with_decay.weights(), _Seen()
        for index in range(_WARM_UP, _WARM_UP + _MOST):
            gradients = without.gradients(index)
            before = without.weights()
            without.step(gradients, index)
            with_decay.step(gradients, index)
            added.step(
                [g + _DECAY * p.detach() for g, p in zip(gradients, added.parameters, strict=True)], index
            )
            moved = without.moved(before)
            if not shares:
                pairs = zip(without.weights(), with_decay.weights(), before, strict=True)
                shares = [((one - other) / p).median() for one, other, p in pairs]
            predicted = [
                p * (1 - share) + step for p, share, step in zip(predicted, shares, moved, strict=True)
            ]
            after = with_decay.weights()
            effect = _distance(after, without.weights())
            seen = seen.further(effect, _distance(after, predicted), _distance(after, added.weights()))
            if seen.steps >= _STEPS and not (seen.is_decoupled and seen.is_coupled):
                break
        if not finite(with_decay.weights()):
            return undecided("Weights with decay are not finite.")
        if not seen.effect:
            return _without_effect(stage)
        found = _answer(with_decay, seen, float(shares[0]))
        return replace(found, note=f"{found.note}{_switched_off(stage)}")

    def _warm(self, stage: Stage) -> Trial:
        shapes = [shape for shape in _SHAPES if stage.plan.accepts(shape)]
        large = [100 * each for each in normal(shapes, SEED)]
        # away from zero, so that a share of every weight can be told
        trial = stage.trial(tensors=[(each + each.sign() * _SIZE).to(stage.device) for each in large])
        trial.curvature = float(stage.plan.needs_graph)
        for group in trial.optimizer.param_groups:
            group["weight_decay"] = 0.0
        trial.run(_WARM_UP)
        return trial


@dataclass(frozen=True)
class _Seen:
    """What decay changed in all steps, and how far the weights were from either prediction at worst."""

    steps: int = 0
    effect: float = 0.0
    decoupled: float = 0.0
    coupled: float = 0.0

    def further(self, effect: float, decoupled: float, coupled: float) -> _Seen:
        """With one step more."""
        return _Seen(self.steps + 1, effect, max(self.decoupled, decoupled), max(self.coupled, coupled))

    @property
    def is_decoupled(self) -> bool:
        return self.decoupled <= _NEAR * self.effect

    @property
    def is_coupled(self) -> bool:
        return self.coupled <= _NEAR * self.effect


def _answer(with_decay: Trial, seen: _Seen, share: float) -> Answer:
    rate = float(with_decay.optimizer.param_groups[0].get("lr") or 0.0)
    taken = f"a step takes {share:.1e} of each weight with lr {rate:.1e} and weight_decay {_DECAY}"
    if seen.is_decoupled and seen.is_coupled:
        return verdict(
            "equivalent",
            f"At its defaults decay in the gradient and decay of the weights are the same: {taken}.",
        )
    if seen.is_decoupled:
        return verdict("decoupled", f"The same share of all weights is taken off: {taken}.")
    if seen.is_coupled:
        return verdict(
            "coupled",
            f"{seen.steps} steps with a weight_decay of {_DECAY} in its groups equal those with as much of "
            "the weights in the gradient.",
        )
    return verdict(
        "other",
        f"What decay changes differs by {seen.decoupled / seen.effect:.0%} from decoupled and by "
        f"{seen.coupled / seen.effect:.0%} from coupled decay.",
    )


def _without_effect(stage: Stage) -> Answer:
    """Whether weights of usual size decay, by the groups or by the constructor alone."""
    without, by_groups = _usual(stage, 0.0), _usual(stage, _DECAY)
    if bitwise(without, stage.trial(_SHAPES).weights()):
        return undecided(f"No weight moves in {_WARM_UP} steps.")
    if not bitwise(without, by_groups):
        return undecided("Small weights decay and large ones do not.")
    if stage.takes("weight_decay") and not bitwise(without, _usual(stage, None)):
        return verdict(
            "not-in-groups", f"Set to {_DECAY} in the groups it does nothing, in the constructor it does."
        )
    return verdict(
        "none", f"{_WARM_UP} steps with a weight_decay of {_DECAY} in its groups equal those without it."
    )


def _switched_off(stage: Stage) -> str:
    """Beside which switch, flipped, decay of either size does nothing while steps move the weights."""
    flips = {name: str(not value) for name, value in switches(stage.subject.cls, stage.plan).items()}
    idle = [f"{name}={value}" for name, value in flips.items() if _idle(stage, {name: value})]
    return f" With {' or '.join(idle)}, decay changes no weight in {_WARM_UP} steps." if idle else ""


def _idle(stage: Stage, switched: dict[str, str]) -> bool:
    try:
        start = stage.trial(_SHAPES, options=switched).weights()
        without, *others = (_usual(stage, decay, switched) for decay in (0.0, _DECAY, _STRONG))
    except Exception:  # noqa: BLE001 - a switch may not go with the other options
        return False
    return not bitwise(start, without) and all(bitwise(without, each) for each in others)


def _usual(
    stage: Stage, in_groups: float | None, switched: dict[str, str] | None = None
) -> list[torch.Tensor]:
    """Weights after steps with a decay in the groups, or, where it is None, given to the constructor."""
    given = {"weight_decay": str(_DECAY)} if in_groups is None else {}
    trial = stage.trial(_SHAPES, options=given | (switched or {}))
    for group in trial.optimizer.param_groups:
        if in_groups is not None:
            group["weight_decay"] = in_groups
    trial.run(_WARM_UP)
    return trial.weights()


def _distance(one: list[torch.Tensor], other: list[torch.Tensor]) -> float:
    return math.sqrt(sum(float((a - b).double().square().sum()) for a, b in zip(one, other, strict=True)))
