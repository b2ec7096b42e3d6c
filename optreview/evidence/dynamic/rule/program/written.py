"""Which tensors a call has written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

#: Torch's own operators count every write in the tensor's version.
_COUNTED = frozenset({"aten", "prims"})


class Watch:
    """Tensors as they were before a call.

    A package's own operator may write into ``tensor.data`` or in a kernel that counts nothing, so that the
    values themselves are compared; they are small.
    """

    def __init__(self, func: Callable[..., Any], tensors: Sequence[torch.Tensor]) -> None:
        self._tensors = tensors
        self._versions = [_version(each) for each in tensors]
        self._values = [each.detach().clone() for each in tensors] if _uncounted(func) else None

    def written(self) -> list[torch.Tensor]:
        """Those that are others by now."""
        versions = zip(self._tensors, self._versions, strict=True)
        found = [_version(each) != old for each, old in versions]
        if self._values is not None:
            values = zip(self._tensors, self._values, strict=True)
            found = [seen or _differs(each, old) for seen, (each, old) in zip(found, values, strict=True)]
        return [each for each, seen in zip(self._tensors, found, strict=True) if seen]


def _version(tensor: torch.Tensor) -> int:
    return -1 if tensor.is_inference() else tensor._version


def _uncounted(func: Callable[..., Any]) -> bool:
    if isinstance(func, torch._ops.OpOverload):
        return func.namespace not in _COUNTED
    if isinstance(func, torch._ops.OpOverloadPacket):
        return func._qualified_op_name.partition("::")[0] not in _COUNTED
    return False


def _differs(tensor: torch.Tensor, old: torch.Tensor) -> bool:
    return not torch.equal(_bytes(tensor.detach()), _bytes(old))


def _bytes(tensor: torch.Tensor) -> torch.Tensor:
    """As bytes, since NaN equals nothing."""
    return tensor.contiguous().view(-1).view(torch.uint8)
