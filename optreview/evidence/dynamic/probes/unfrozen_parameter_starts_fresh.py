"""Does a parameter that is unfrozen late start as in a fresh optimizer?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.conformance import FAIL, PASS
from optreview.evidence.dynamic.trials.latecomer import (
    COMPANY,
    VECTOR_LAST,
    WAIT,
    coupled,
    like_fresh,
    without_last,
)
from optreview.evidence.dynamic.trials.probe import Answer, Probe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.dynamic.trials.stage import Shape, Stage


class UnfrozenParameterStartsFresh(Probe):
    """Is the first step of a parameter that gets its first gradient late that of a fresh optimizer?

    One parameter has no gradient for seven steps, the others have; then it has. Its first move is compared
    with the one that it makes, with the same gradient, in an optimizer just built: for a matrix, and for a
    vector where both are taken. Where the gradients of
    the others have a say in its step, the question does not arise.
    """

    care = "high"
    failing = (
        "Steps are not counted for each parameter by itself: what hangs on the count, such as bias "
        "correction, goes on before a layer that is unfrozen, or an expert used late, takes its first step, "
        "which is then too long or too short."
    )
    source = "https://github.com/deepspeedai/DeepSpeed/pull/8471"

    def ask(self, stage: Stage) -> Answer:
        """Give a matrix its first gradient late, then a vector, as the two may have rules of their own."""
        if not (stage.plan.accepts(COMPANY[-1]) and stage.plan.accepts(VECTOR_LAST[-1])):
            return _late(stage, COMPANY, "a parameter")
        matrix = _late(stage, COMPANY, "a matrix")
        vector = _late(stage, VECTOR_LAST, "a vector")
        if matrix.value == vector.value == PASS:
            return replace(matrix, note=matrix.note.replace("a matrix", "a parameter"))
        # where the gradients of the others have a say in the one, a difference of the other may come of that
        settled = matrix.value == PASS and vector.value == FAIL and not coupled(stage)
        return vector if settled else matrix


def _late(stage: Stage, shapes: Sequence[Shape], named: str) -> Answer:
    """Give the last of these its first gradient late."""
    late = stage.trial(shapes)
    for index in range(WAIT):
        late.step(without_last(late.gradients(index)), index)
    return like_fresh(stage, late, f"After {WAIT} steps without a gradient for {named}", shapes)
