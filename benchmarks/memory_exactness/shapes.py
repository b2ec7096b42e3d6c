"""Models to step on: small enough to be run, and of other shapes than those of the simulator's own check."""

from __future__ import annotations

from typing import Literal

from optreview.records import ModelShapes, ModelTensor

Shapes = dict[str, tuple[int, ...]]

#: Odd sizes on both sides of the thresholds that optimizers know: 128 for factored state, 4096 elements for
#: quantised state.
_TRANSFORMER: Shapes = {
    "tokens.weight": (613, 72),
    "positions.weight": (51, 72),
    "attention.inputs.weight": (216, 72),
    "attention.inputs.bias": (216,),
    "attention.output.weight": (72, 72),
    "feed_forward.up.weight": (301, 72),
    "feed_forward.up.bias": (301,),
    "feed_forward.down.weight": (72, 301),
    "norm.weight": (72,),
}
_CONVOLUTIONAL: Shapes = {
    "stem.weight": (20, 3, 7, 7),
    "block.weight": (36, 20, 3, 3),
    "depthwise.weight": (36, 1, 5, 5),
    "temporal.weight": (18, 36, 3),
    "norm.weight": (36,),
    "norm.bias": (36,),
    "head.weight": (45, 36),
    "head.bias": (45,),
    "temperature": (1,),
}
_EXTREME: Shapes = {
    "wide.weight": (7, 613),
    "tall.weight": (709, 5),
    "square.weight": (179, 179),
    "vector": (501,),
    "scalar": (),
}
_MODELS = {"transformer": _TRANSFORMER, "convolutional": _CONVOLUTIONAL, "extreme": _EXTREME}


def models(dtype: Literal["float32", "bfloat16"]) -> tuple[ModelShapes, ...]:
    """All of them in this dtype."""
    return tuple(
        ModelShapes(
            name=f"{name}, {dtype}",
            title=name.capitalize(),
            tensors=tuple(ModelTensor(name=each, shape=shape, dtype=dtype) for each, shape in shapes.items()),
        )
        for name, shapes in _MODELS.items()
    )
