"""``copy.deepcopy`` of tensors that have shapes alone.

A deep copy of a fake tensor copies the mode that it belongs to as well, and what is computed with it in place
lands elsewhere from then on.
"""

from __future__ import annotations

import copy
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch._subclasses.fake_tensor import FakeTensor

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def copied_as_real() -> Iterator[None]:
    """Copies stay in the mode, and need what copies of real tensors need."""
    FakeTensor.__deepcopy__ = _copied  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        del FakeTensor.__deepcopy__


def _copied(tensor: FakeTensor, memo: dict[int, Any]) -> Any:  # noqa: ANN401 - or what it was copied to
    """What ``Tensor.__deepcopy__`` does for real ones: the whole storage is copied, once for its views."""
    if not tensor.is_leaf:
        raise RuntimeError("Only Tensors created explicitly by the user support the deepcopy protocol")
    if id(tensor) in memo:
        return memo[id(tensor)]
    with torch.no_grad():
        result = tensor.clone() if tensor.is_sparse else _view(tensor, memo)
        result.requires_grad_(tensor.requires_grad)
        if tensor.grad is not None:
            result.grad = copy.deepcopy(tensor.grad, memo)
    memo[id(tensor)] = result
    return result


def _view(tensor: FakeTensor, memo: dict[int, Any]) -> torch.Tensor:
    storage = tensor.untyped_storage()
    if storage._cdata not in memo:
        memo[storage._cdata] = tensor.new_empty(storage.nbytes() // tensor.element_size())
    tensor.new_empty(())  # the shell that is put around the storage is made with one of its own
    whole: torch.Tensor = memo[storage._cdata]
    return whole.as_strided(tensor.shape, tensor.stride(), tensor.storage_offset())
