"""ViT-L/16 at 224 by 224 (2010.11929, table 1), with the attention's three projections in one tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    Named = tuple[str, tuple[int, ...]]

TITLE = "ViT-L/16"
DTYPE = "float32"
_WIDTH, _HIDDEN, _LAYERS, _PATCHES, _CLASSES = 1024, 4096, 24, 196, 1000


def tensors() -> Iterator[Named]:
    """In the order of torchvision's ``vit_l_16``."""
    yield "class_token", (1, 1, _WIDTH)
    yield from _affine("conv_proj", (_WIDTH, 3, 16, 16))
    yield "encoder.pos_embedding", (1, _PATCHES + 1, _WIDTH)
    for layer in range(_LAYERS):
        path = f"encoder.layers.encoder_layer_{layer}"
        yield from _affine(f"{path}.ln_1", (_WIDTH,))
        yield f"{path}.self_attention.in_proj_weight", (3 * _WIDTH, _WIDTH)
        yield f"{path}.self_attention.in_proj_bias", (3 * _WIDTH,)
        yield from _affine(f"{path}.self_attention.out_proj", (_WIDTH, _WIDTH))
        yield from _affine(f"{path}.ln_2", (_WIDTH,))
        yield from _affine(f"{path}.mlp.0", (_HIDDEN, _WIDTH))
        yield from _affine(f"{path}.mlp.3", (_WIDTH, _HIDDEN))
    yield from _affine("encoder.ln", (_WIDTH,))
    yield from _affine("heads.head", (_CLASSES, _WIDTH))


def _affine(path: str, shape: tuple[int, ...]) -> Iterator[Named]:
    yield f"{path}.weight", shape
    yield f"{path}.bias", shape[:1]
