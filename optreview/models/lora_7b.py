"""What LoRA trains of LLaMA 7B: matrices of rank 64 beside every linear layer of a block, as QLoRA has it.

(2106.09685; 2305.14314, appendix B.) The frozen weights are no parameters of the optimizer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.models import llama_7b

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "LoRA of rank 64 on LLaMA 7B"
DTYPE = "bfloat16"
_RANK = 64


def tensors() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Two for each linear layer: down to the rank, and up again."""
    for name, shape in llama_7b.tensors():
        if "_proj" in name:
            outputs, inputs = shape
            yield name.replace(".weight", ".lora_A.weight"), (_RANK, inputs)
            yield name.replace(".weight", ".lora_B.weight"), (outputs, _RANK)
