"""A parameter that gets its first gradient late: what it is compared with, and when it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.likeness import CHANCY, alike, farthest
from optreview.evidence.dynamic.trials.probe import Answer, failed, not_applicable, passed, undecided

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.dynamic.trials.stage import Shape, Stage
    from optreview.evidence.dynamic.trials.trial import Trial

#: Steps that the others take before: no multiple of the usual intervals at which weights are averaged.
WAIT = 7
#: The last one is the latecomer; two matrices, for who takes nothing else.
COMPANY: tuple[Shape, ...] = ((6,), (2, 3, 3, 3), (6, 4), (5, 4))
#: The same with a vector as the last, where other tensors than matrices may have a rule of their own.
VECTOR_LAST: tuple[Shape, ...] = ((2, 3, 3, 3), (6, 4), (5, 4), (6,))
#: Steps within which every optimizer moves: some wait until they know the variance.
_PATIENCE = 12
#: By how much the others' gradients are multiplied to see whether that matters to a parameter.
_LOUDER = 3.0
COUPLED = "The step on one parameter depends on the gradients of the others."


def without_last(gradients: Sequence[torch.Tensor]) -> list[torch.Tensor | None]:
    """The same gradients, but none for the last parameter."""
    return [*gradients[:-1], None]


def coupled(stage: Stage, shapes: Sequence[Shape] = COMPANY) -> bool:
    """Whether the way of one parameter depends on the gradients of the others, as with a global norm."""
    ways = []
    for other in (False, True):
        trial = stage.trial(shapes)
        start = trial.weights()[-1]
        for index in range(_PATIENCE):
            *others, last = trial.gradients(index)
            # other lengths and other signs: an estimate may look at either
            trial.step([*(_LOUDER * g.abs() if other else g for g in others), last], index)
        ways.append(trial.weights()[-1])
    return not alike(ways[:1], ways[1:], [start])


def like_fresh(stage: Stage, late: Trial, after: str, shapes: Sequence[Shape] = COMPANY) -> Answer:
    """Whether the last parameter's first move is the one that a fresh optimizer makes.

    Both get the same gradients at steps of the same index, so that random numbers are the same as well.

    Args:
        stage: To make the fresh one.
        late: Stepped ``WAIT`` times; its last parameter is where it was at the start.
        after: What has happened to the last parameter so far, in words.
        shapes: Of the parameters.
    """
    fresh = stage.trial(shapes)
    start = fresh.weights()[-1]
    if not torch.equal(late.weights()[-1], start):
        return undecided(
            "It moved a parameter before its first gradient, so its first step cannot be compared."
        )
    for index in range(WAIT, WAIT + _PATIENCE):
        gradients = fresh.gradients(index)
        late.step(gradients, index)
        fresh.step(gradients, index)
        ends = late.weights()[-1:], fresh.weights()[-1:]
        if any(farthest(end, [start]) for end in ends):
            break
    if alike(*ends, [start]):
        return passed(f"{after}, its first step was that of a fresh optimizer.")
    if coupled(stage, shapes):
        return not_applicable(COUPLED)
    if stage.chancy(_PATIENCE, shapes):
        return undecided(CHANCY)
    return failed(f"{after}, {_beside(*ends, start)}.")


def _beside(late: Sequence[torch.Tensor], fresh: Sequence[torch.Tensor], start: torch.Tensor) -> str:
    """The late parameter's first step beside the fresh one's, in words."""
    lengths = [float((end[0] - start).norm()) for end in (late, fresh)]
    if not all(lengths):
        which = "the fresh one does not move it yet" if lengths[0] else "only the fresh one moves it"
        return f"its first step was not that of a fresh optimizer: {which}"
    ratio = lengths[0] / lengths[1]
    apart = float((late[0] - fresh[0]).norm()) / lengths[1]
    return (
        f"its first step was {ratio:.2g} times as long as a fresh optimizer's, "
        f"and ended {apart:.0%} of that length away from it"
    )
