"""What a forward and a backward pass of the user's model keep, counted on tensors that have shapes alone."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._pytree import tree_leaves

from optreview.evidence.dynamic.memory.ledger import Ledger
from optreview.records import Activations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class OpaqueError(Exception):
    """What a layer keeps cannot be told from shapes."""


def activations(
    model: nn.Module, batch: Callable[[int], object], sizes: Sequence[int]
) -> tuple[Activations, ...]:
    """For each batch size, what is alive beyond the model's own tensors; the model has no values afterwards.

    Raises:
        OpaqueError: A layer keeps memory of which only its kernel knows.
        Exception: What the user's code raises, such as where it reads a value that is not there.
    """
    if opaque := sorted({type(each).__name__ for each in model.modules() if isinstance(each, nn.RNNBase)}):
        raise OpaqueError(f"{' and '.join(opaque)} keep a workspace whose size only the kernel knows")
    with FakeTensorMode(allow_non_fake_inputs=True):
        _emptied(model)
        return tuple(_passes(model, batch, size) for size in sizes)


def _passes(model: nn.Module, batch: Callable[[int], object], size: int) -> Activations:
    own = [*model.parameters(), *model.buffers()]
    ledger = Ledger(own)
    with ledger:
        given = batch(size)  # held as a training loop holds it
        output = _called(model, given)
        gc.collect()
        kept = ledger.live
        wanted = [each for each in _losses(output) if each.requires_grad]
        torch.autograd.backward(wanted, [torch.ones_like(each) for each in wanted])
    model.zero_grad(set_to_none=True)
    return Activations(batch=size, kept=kept, peak=ledger.peak)


def _called(model: nn.Module, given: object) -> object:
    if isinstance(given, Mapping):
        return model(**given)
    return model(*given) if isinstance(given, (tuple, list)) else model(given)


def _losses(output: object) -> list[torch.Tensor]:
    """The loss where the model gives one by that name, else every tensor."""
    loss = output.get("loss") if isinstance(output, Mapping) else getattr(output, "loss", None)
    if isinstance(loss, torch.Tensor):
        return [loss]
    return [each for each in tree_leaves(output) if isinstance(each, torch.Tensor)]


def _emptied(model: nn.Module) -> None:
    """Put tensors without values in the place of the model's own; what is shared stays shared."""
    memo: dict[int, torch.Tensor] = {}
    for module in model.modules():
        for held in (module._parameters, module._buffers):
            for name, tensor in held.items():
                if tensor is not None:
                    if id(tensor) not in memo:
                        memo[id(tensor)] = _like(tensor)
                    held[name] = memo[id(tensor)]  # type: ignore[assignment]


def _like(tensor: torch.Tensor) -> torch.Tensor:
    empty = torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="cpu")
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(empty, requires_grad=tensor.requires_grad)
    return empty
