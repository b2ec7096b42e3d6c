"""Sparse tensors that have shapes alone: how many entries they hold.

Where the number of entries depends on values, a fake tensor has none. Here a gradient has an entry for every
element, as the gradient of a real run has, and what takes its places from another tensor has that one's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def masked(tensor: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The tensor's values at the places of the mask, which are copied."""
    return _sparse(mask._indices().clone(), tensor.new_empty(mask._values().shape), mask)


def coalesced(tensor: torch.Tensor) -> torch.Tensor:
    """As if no place came twice."""
    indices, values = tensor._indices(), tensor._values()
    return _sparse(indices.clone(), torch.empty_like(values), tensor)


def whole(tensor: torch.Tensor, dimensions: int | None = None) -> torch.Tensor:
    """An entry for every element, or for every row where fewer dimensions are to be sparse."""
    leading = tensor.shape[: tensor.dim() if dimensions is None else dimensions]
    count = leading.numel()
    indices = tensor.new_empty((len(leading), count), dtype=torch.int64)
    return _sparse(indices, tensor.new_empty((count, *tensor.shape[len(leading) :])), tensor)


#: What fake tensors with a sparse one among them cannot do, once the number of its entries is known.
KNOWN: dict[str, Callable[..., torch.Tensor]] = {
    "aten::sparse_mask": masked,
    "aten::_coalesce": coalesced,
}


def sparse(value: object) -> bool:
    """Whether it is a sparse tensor."""
    return isinstance(value, torch.Tensor) and value.layout is torch.sparse_coo


class Whole(TorchDispatchMode):
    """Dense tensors become sparse ones with an entry for every element."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the operation returns
        """Run one operation."""
        if func.name() in ("aten::_to_sparse", "aten::_to_sparse.sparse_dim"):  # type: ignore[attr-defined]
            return whole(*args)
        return func(*args, **(kwargs or {}))


def _sparse(indices: torch.Tensor, values: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return torch.sparse_coo_tensor(indices, values, like.shape, is_coalesced=True, check_invariants=False)
