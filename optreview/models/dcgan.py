"""DCGAN (1511.06434) for images of 64 by 64, as in PyTorch's tutorial: generator and discriminator."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    Named = tuple[str, tuple[int, ...]]

TITLE = "DCGAN"
DTYPE = "float32"
_WIDTH, _LATENT, _COLOURS, _KERNEL = 64, 100, 3, (4, 4)
#: Multiples of the width from the latent vector to the image.
_LAYERS = (8, 4, 2, 1)


def tensors(width: int = _WIDTH) -> Iterator[Named]:
    """Transposed convolutions as input, output, height, width; no biases, since batch norms follow."""
    sizes = [_LATENT, *(width * factor for factor in _LAYERS), _COLOURS]
    for layer in range(len(sizes) - 1):
        yield f"generator.{layer}.weight", (sizes[layer], sizes[layer + 1], *_KERNEL)
        if layer < len(_LAYERS):
            yield from _norm(f"generator.{layer}.norm", sizes[layer + 1])
    back = [_COLOURS, *(width * factor for factor in reversed(_LAYERS)), 1]
    for layer in range(len(back) - 1):
        yield f"discriminator.{layer}.weight", (back[layer + 1], back[layer], *_KERNEL)
        if 0 < layer < len(_LAYERS):
            yield from _norm(f"discriminator.{layer}.norm", back[layer + 1])


def _norm(path: str, width: int) -> Iterator[Named]:
    yield f"{path}.weight", (width,)
    yield f"{path}.bias", (width,)
