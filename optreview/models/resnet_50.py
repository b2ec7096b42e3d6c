"""ResNet-50 (1512.03385, table 1), with the stride on the 3 by 3 convolution, as torchvision has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    Named = tuple[str, tuple[int, ...]]

TITLE = "ResNet-50"
DTYPE = "float32"
_EXPANSION = 4
#: Blocks of each stage, and the width of their bottleneck.
_STAGES = ((3, 64), (4, 128), (6, 256), (3, 512))


def tensors(stages: tuple[tuple[int, int], ...] = _STAGES) -> Iterator[Named]:
    """Convolutions as output, input, height, width; every one of them is followed by a batch norm."""
    yield "conv1.weight", (64, 3, 7, 7)
    yield from _norm("bn1", 64)
    inputs = 64
    for stage, (blocks, width) in enumerate(stages, start=1):
        for block in range(blocks):
            yield from _block(f"layer{stage}.{block}", inputs, width, projected=block == 0)
            inputs = width * _EXPANSION
    yield "fc.weight", (1000, inputs)
    yield "fc.bias", (1000,)


def _block(path: str, inputs: int, width: int, *, projected: bool) -> Iterator[Named]:
    outputs = width * _EXPANSION
    yield f"{path}.conv1.weight", (width, inputs, 1, 1)
    yield from _norm(f"{path}.bn1", width)
    yield f"{path}.conv2.weight", (width, width, 3, 3)
    yield from _norm(f"{path}.bn2", width)
    yield f"{path}.conv3.weight", (outputs, width, 1, 1)
    yield from _norm(f"{path}.bn3", outputs)
    if projected:
        yield f"{path}.downsample.0.weight", (outputs, inputs, 1, 1)
        yield from _norm(f"{path}.downsample.1", outputs)


def _norm(path: str, width: int) -> Iterator[Named]:
    yield f"{path}.weight", (width,)
    yield f"{path}.bias", (width,)
