"""The check that earns the word exact: one model of middle size, simulated and real, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.scale.run import Scene, on_shapes, really, rehearse
from optreview.records import ModelShapes, ModelTensor, SelfCheck

if TYPE_CHECKING:
    from optreview.evidence.dynamic.memory.run import Subject
    from optreview.evidence.dynamic.plan import Plan

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


def check(subject: Subject, plan: Plan, model: ModelShapes = MODEL) -> SelfCheck:
    """Simulate the model, run it, and compare state and step peak after every step.

    Raises:
        UnansweredError: It could not be simulated.
        BuildError: The constructor raised.
    """
    scene = Scene(model=model)
    rehearsal = rehearse(subject, plan, scene)
    simulated = on_shapes(subject, plan, scene, rehearsal.oracle, rehearsal.steps)
    real = really(subject, plan, scene, len(simulated.levels))
    pairs = list(zip(simulated.levels, real.levels, strict=False))
    state = max((s.state - r.state for s, r in pairs), key=abs)
    transient = max((s.transient - r.transient for s, r in pairs), key=abs)
    return SelfCheck(
        parameter_bytes=real.session.parameter_bytes,
        steps=len(pairs),
        exact=not state and not transient,
        state_residual=state,
        transient_residual=transient,
    )
