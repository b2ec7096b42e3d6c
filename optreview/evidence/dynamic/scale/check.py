"""The check that earns the word exact: one model of middle size, simulated and real, step by step.

Real runs on the same shapes with other values have to agree as well: where they do not, memory hangs on
values, and a simulation that happens to agree with one of them would have been off for another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from optreview.evidence.dynamic.scale.run import Scene, on_shapes, really, rehearse
from optreview.evidence.dynamic.workloads import SEED
from optreview.records import ModelShapes, ModelTensor, SelfCheck

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optreview.evidence.dynamic.memory.run import Subject
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.scale.run import Level
    from optreview.records.scale import Dtype

#: A table, a convolution, matrices that are tall and wide, vectors, a single element.
_SHAPES = {
    "embedding.weight": (700, 96),
    "convolution.weight": (24, 12, 3, 3),
    "layers.0.weight": (256, 96),
    "layers.0.bias": (256,),
    "layers.1.weight": (96, 256),
    "layers.2.weight": (130, 170),
    "norm.weight": (96,),
    "scale": (1,),
}
MODEL = ModelShapes(
    name="check",
    title="Check",
    tensors=tuple(ModelTensor(name=name, shape=shape, dtype="float32") for name, shape in _SHAPES.items()),
)
#: Real runs that look for values that decide, where the simulation is off.
_MORE_DRAWS = 3


def check(subject: Subject, plan: Plan, dtypes: Sequence[Dtype], model: ModelShapes = MODEL) -> SelfCheck:
    """Simulate the model in each dtype, run it, and compare state and step peak after every step.

    A dtype that the optimizer refuses is left out, as long as there is another one.

    Raises:
        UnansweredError: It could not be simulated.
        BuildError: The constructor raised.
    """
    found: dict[Dtype, _Compared] = {}
    refused: list[Exception] = []
    for dtype in dtypes:
        try:
            found[dtype] = _compared(subject, plan, Scene(model=_in_dtype(model, dtype)))
        except Exception as error:  # noqa: BLE001 - reviewed code raises what it likes
            refused.append(error)
    if not found:
        raise refused[0]
    results = list(found.values())
    off = _largest(each.off for each in results)
    spread = _largest(each.spread for each in results)
    return SelfCheck(
        parameter_bytes=results[0].parameter_bytes,
        steps=sum(each.steps for each in results),
        exact=not any((*off, *spread)),
        state_residual=off[0],
        transient_residual=off[1],
        dtypes=tuple(found),
        state_spread=abs(spread[0]),
        transient_spread=abs(spread[1]),
    )


@dataclass(frozen=True)
class _Compared:
    """One dtype: by how much state and step peak are off, and by how much real runs differ."""

    parameter_bytes: int
    steps: int
    off: tuple[int, int]
    spread: tuple[int, int]


def _compared(subject: Subject, plan: Plan, scene: Scene) -> _Compared:
    rehearsal = rehearse(subject, plan, scene)
    simulated = on_shapes(subject, plan, scene, *rehearsal[:2])
    real = really(subject, plan, scene, len(simulated.levels))
    off = _difference(simulated.levels, real.levels)
    # Small tensors tell the same as large ones where a chance decides, and many steps of them cost little.
    spread = _spread(subject, plan, rehearsal.scene, rehearsal.levels, draws=1)
    if not any(spread):
        spread = _spread(subject, plan, scene, real.levels, draws=_MORE_DRAWS if any(off) else 1)
    return _Compared(real.session.parameter_bytes, len(real.levels), off, spread)


def _spread(
    subject: Subject, plan: Plan, scene: Scene, levels: Sequence[Level], draws: int
) -> tuple[int, int]:
    """How far the first real run with other values that differs at all is from these levels."""
    for draw in range(1, draws + 1):
        other = really(subject, plan, replace(scene, seed=SEED + draw), len(levels))
        found = _difference(other.levels, levels)
        if any(found):
            return found
    return (0, 0)


def _difference(one: Sequence[Level], other: Sequence[Level]) -> tuple[int, int]:
    """The largest of any step, with its sign, for state and for the step peak."""
    pairs = list(zip(one, other, strict=False))
    return _largest((a.state - b.state, a.transient - b.transient) for a, b in pairs)


def _largest(differences: Iterable[tuple[int, int]]) -> tuple[int, int]:
    states, transients = zip(*differences, strict=True)
    return max(states, key=abs), max(transients, key=abs)


def _in_dtype(model: ModelShapes, dtype: Dtype) -> ModelShapes:
    tensors = tuple(msgspec.structs.replace(each, dtype=dtype) for each in model.tensors)
    return msgspec.structs.replace(model, tensors=tensors)
