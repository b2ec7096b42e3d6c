"""To what does a step adapt its size?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.likeness import finite
from optreview.evidence.dynamic.trials.probe import Answer, Probe, undecided, verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.trials.stage import Stage

    Scale = Callable[[int, torch.Tensor], torch.Tensor]

_SHAPES = ((12, 8), (10, 6))
_WARM_UP, _STEPS = 8, 8
_SMALLER = 1e-3
#: The movement with gradients a thousandth of the size, over that with the usual ones, from which on a step
#: counts as adapted, and below which it counts as not.
_ADAPTED, _PROPORTIONAL = 0.3, 0.004
_SMALL = {
    "per-element": "An element with",
    "per-tensor": "A tensor with",
    "globally": "A model with",
}
#: Cosine of both movements, from which on the elements go the same way.
_ALIKE = 0.9


class Adaptivity(Probe):
    """Is the size of a step adapted per-element, per-tensor or globally, partly, or not at all (none)?

    Gradients are made a thousandth of what they are: in every second element, in one of two tensors, and
    everywhere. Where what became smaller moves as far as before, and the same way, the step is adapted to it.
    Eight steps of random gradients, after eight to warm up.
    """

    care = "medium"
    failing = (
        "It says which differences in scale the optimizer evens out: within a tensor, between layers, of the "
        "loss, or none, so that the lr has to be found anew for every model."
    )
    source = "https://jmlr.org/papers/v12/duchi11a.html"
    unit = "verdict"

    def ask(self, stage: Stage) -> Answer:
        """Compare the movement with and without scaling."""
        usual = _moved(stage, lambda _, gradient: torch.ones_like(gradient))
        kinds: tuple[tuple[str, Scale], ...] = (
            ("per-element", lambda _, gradient: _checked(gradient, _SMALLER)),
            ("per-tensor", lambda index, gradient: torch.full_like(gradient, 1.0 if index else _SMALLER)),
            ("globally", lambda _, gradient: torch.full_like(gradient, _SMALLER)),
        )
        ratios = []
        for word, scale in kinds:
            moved = _moved(stage, scale)
            if not finite([*usual, *moved]) or not any(each.any() for each in usual):
                return undecided("Weights are not finite, or did not move.")
            small = [scale(index, each) < 1 for index, each in enumerate(usual)]
            one, other = (torch.cat([m[s] for m, s in zip(ms, small, strict=True)]) for ms in (moved, usual))
            ratio = float(one.norm() / other.norm())
            if ratio >= _ADAPTED and float(torch.cosine_similarity(one, other, dim=0)) >= _ALIKE:
                return verdict(
                    word, f"{_SMALL[word]} a thousandth of the gradient moves {ratio:.2f} times as far."
                )
            ratios.append(ratio)
        told = ", ".join(f"{ratio:.1e} {word}" for ratio, (word, _) in zip(ratios, kinds, strict=True))
        word = "none" if max(ratios) < _PROPORTIONAL else "partly"
        return verdict(
            word, f"With a thousandth of the gradient the movement is this many times as far: {told}."
        )


def _checked(gradient: torch.Tensor, value: float) -> torch.Tensor:
    """A chessboard of one and the value."""
    rows, columns = torch.arange(gradient.shape[0])[:, None], torch.arange(gradient.shape[1])[None, :]
    return torch.where(((rows + columns) % 2 == 0).to(gradient.device), value, 1.0)


def _moved(stage: Stage, scale: Scale) -> list[torch.Tensor]:
    trial = stage.trial(_SHAPES)
    trial.curvature = float(stage.plan.needs_graph)
    for step in range(_WARM_UP + _STEPS):
        if step == _WARM_UP:
            before = trial.weights()
        gradients = trial.gradients(step)
        trial.step([each * scale(index, each) for index, each in enumerate(gradients)])
    return [each.double() for each in trial.moved(before)]
