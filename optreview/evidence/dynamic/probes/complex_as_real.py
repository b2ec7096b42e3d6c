"""What becomes of the imaginary part of a complex parameter?"""

from __future__ import annotations

import cmath
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.likeness import CHANCY, CHAOTIC, alike, finite, gap
from optreview.evidence.dynamic.trials.probe import Answer, Probe, by_design, failed, passed, undecided
from optreview.evidence.dynamic.trials.rejection import in_words
from optreview.evidence.dynamic.trials.trial import normal
from optreview.evidence.dynamic.workloads import SEED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.evidence.dynamic.trials.stage import Shape, Stage

    Tensors = list[torch.Tensor]

_STEPS = 4
_SHAPES: tuple[Shape, ...] = ((6, 4), (6,))
_TURN = cmath.exp(1j)


class ComplexAsReal(Probe):
    """Are complex parameters trained as pairs of real numbers, or as complex numbers should be?

    Four steps of complex parameters, and of the same numbers as ``view_as_real`` gives them, or as two real
    tensors. Where neither ends at the same place, everything is turned by a phase once more: the way of a
    method that looks at magnitudes turns with it, and nothing is lost then either.
    """

    care = "low"
    failing = "Complex weights are trained wrongly, and nothing says so, or end training with an error."
    designed = "Most optimizers refuse complex parameters; those that say so in words differ by design."
    source = "https://github.com/pytorch/pytorch/issues/59998"

    def ask(self, stage: Stage) -> Answer:
        """Train in every form."""
        shapes = [shape for shape in _SHAPES if stage.plan.accepts(shape)]
        stage.trial(shapes or _SHAPES).run(1)  # what fails with real numbers is no answer
        beside = [torch.empty((), dtype=torch.complex64, device=stage.device)] * len(shapes)
        start = normal(shapes, SEED, like=beside)
        try:
            ends = _trained(stage, start, _same, _same)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            if in_words(error, stage.subject.cls, "complex"):
                return by_design(f"A complex parameter is refused: {stage.said(error)}.")
            return failed(f"A complex parameter leads to {stage.said(error)}.", *stage.raised_at(error))
        return _compared(stage, start, ends)


def _compared(stage: Stage, start: Tensors, ends: Tensors) -> Answer:
    """Whether complex parameters ended where one of the other forms does."""
    if not finite(ends):
        return failed(f"A complex parameter was not finite after {_STEPS} steps.")
    steps = f"{_STEPS} steps of complex parameters"
    pairs = _trained(stage, start, _pairs, _numbers)
    if alike(ends, pairs, start):
        return passed(f"{steps} gave what they give their view_as_real.")
    if alike(ends, _trained(stage, start, _parts, _joined), start):
        return passed(f"{steps} gave what they give their real and imaginary parts as two tensors.")
    if alike(ends, _trained(stage, start, _turned, _turned_back), start):
        return passed(f"{steps} turn with the phase of the gradients.")
    return _different(stage, start, ends, pairs)


def _different(stage: Stage, start: Tensors, ends: Tensors, pairs: Tensors) -> Answer:
    """A failure, unless chance or roundings decide."""
    if stage.chancy(_STEPS, _SHAPES):
        return undecided(CHANCY)
    nudged = [each * (1 + torch.finfo(each.dtype).eps) for each in start]
    if not alike(pairs, _trained(stage, nudged, _pairs, _numbers), start):
        return undecided(CHAOTIC)
    return failed(
        f"{_STEPS} steps of complex parameters and of their view_as_real {gap(ends, pairs, start)}; nor do "
        "they turn with the gradients' phase."
    )


def _trained(
    stage: Stage,
    start: Tensors,
    form: Callable[[Tensors], Tensors],
    back: Callable[[Tensors], Tensors],
) -> Tensors:
    """Where complex numbers end that are trained in another form."""
    trial = stage.trial(tensors=form([each.clone() for each in start]))
    for index in range(_STEPS):
        gradients = normal([each.shape for each in start], SEED + 1 + index, like=start)
        trial.step(form(gradients), index)
    return back(trial.weights())


def _same(tensors: Tensors) -> Tensors:
    return tensors


def _pairs(tensors: Tensors) -> Tensors:
    return [torch.view_as_real(each).contiguous() for each in tensors]


def _numbers(tensors: Tensors) -> Tensors:
    return [torch.view_as_complex(each.contiguous()) for each in tensors]


def _parts(tensors: Tensors) -> Tensors:
    return [part.clone() for each in tensors for part in (each.real, each.imag)]


def _joined(tensors: Sequence[torch.Tensor]) -> Tensors:
    return [torch.complex(a, b) for a, b in zip(tensors[::2], tensors[1::2], strict=True)]


def _turned(tensors: Tensors) -> Tensors:
    return [each * _TURN for each in tensors]


def _turned_back(tensors: Tensors) -> Tensors:
    return [each / _TURN for each in tensors]
