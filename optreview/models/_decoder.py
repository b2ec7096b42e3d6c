"""Decoders of the LLaMA family: rotary positions, gated feed-forward, root-mean-square norms, no biases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Decoder:
    """Sizes of a decoder; ``keys`` is the width of keys and values, smaller where heads share them."""

    vocabulary: int
    width: int
    hidden: int
    layers: int
    keys: int

    def tensors(self, prefix: str = "") -> Iterator[tuple[str, tuple[int, ...]]]:
        """Names, each with the prefix, and shapes, in the order of transformers' ``LlamaForCausalLM``."""
        yield f"{prefix}model.embed_tokens.weight", (self.vocabulary, self.width)
        for layer in range(self.layers):
            yield from self._layer(f"{prefix}model.layers.{layer}")
        yield f"{prefix}model.norm.weight", (self.width,)
        yield f"{prefix}lm_head.weight", (self.vocabulary, self.width)

    def _layer(self, path: str) -> Iterator[tuple[str, tuple[int, ...]]]:
        width, hidden, keys = self.width, self.hidden, self.keys
        yield f"{path}.self_attn.q_proj.weight", (width, width)
        yield f"{path}.self_attn.k_proj.weight", (keys, width)
        yield f"{path}.self_attn.v_proj.weight", (keys, width)
        yield f"{path}.self_attn.o_proj.weight", (width, width)
        yield f"{path}.mlp.gate_proj.weight", (hidden, width)
        yield f"{path}.mlp.up_proj.weight", (hidden, width)
        yield f"{path}.mlp.down_proj.weight", (width, hidden)
        yield f"{path}.input_layernorm.weight", (width,)
        yield f"{path}.post_attention_layernorm.weight", (width,)
