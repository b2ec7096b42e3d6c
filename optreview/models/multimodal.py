"""A multimodal transformer, built as LLaVA-1.5 is (2310.03744).

CLIP ViT-L/14 at 336 by 336 sees, two linear layers translate, and a decoder with the shapes of TinyLlama 1.1B
(2401.02385) writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.models._decoder import Decoder

if TYPE_CHECKING:
    from collections.abc import Iterator

    Named = tuple[str, tuple[int, ...]]

TITLE = "Multimodal transformer, 1.4B"
DTYPE = "bfloat16"
_SIGHT, _HIDDEN, _LAYERS, _PATCHES = 1024, 4096, 24, 576
_WIDTH = 2048


def tensors() -> Iterator[Named]:
    """The vision tower, the projector, the decoder."""
    yield from _tower("vision_tower.vision_model")
    yield from _affine("multi_modal_projector.linear_1", (_WIDTH, _SIGHT))
    yield from _affine("multi_modal_projector.linear_2", (_WIDTH, _WIDTH))
    decoder = Decoder(vocabulary=32000, width=_WIDTH, hidden=5632, layers=22, keys=256)
    yield from decoder.tensors("language_model.")


def _tower(path: str) -> Iterator[Named]:
    yield f"{path}.embeddings.class_embedding", (_SIGHT,)
    yield f"{path}.embeddings.patch_embedding.weight", (_SIGHT, 3, 14, 14)
    yield f"{path}.embeddings.position_embedding.weight", (_PATCHES + 1, _SIGHT)
    yield from _affine(f"{path}.pre_layrnorm", (_SIGHT,))
    for layer in range(_LAYERS):
        block = f"{path}.encoder.layers.{layer}"
        for name in ("k_proj", "v_proj", "q_proj", "out_proj"):
            yield from _affine(f"{block}.self_attn.{name}", (_SIGHT, _SIGHT))
        yield from _affine(f"{block}.layer_norm1", (_SIGHT,))
        yield from _affine(f"{block}.mlp.fc1", (_HIDDEN, _SIGHT))
        yield from _affine(f"{block}.mlp.fc2", (_SIGHT, _HIDDEN))
        yield from _affine(f"{block}.layer_norm2", (_SIGHT,))
    yield from _affine(f"{path}.post_layernorm", (_SIGHT,))


def _affine(path: str, shape: tuple[int, ...]) -> Iterator[Named]:
    yield f"{path}.weight", shape
    yield f"{path}.bias", shape[:1]
