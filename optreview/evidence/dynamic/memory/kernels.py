"""Matrix products of narrow numbers, in float32: the common kernels take 15 times as long.

What is returned has the same shape, dtype and bytes; only the order in which products are added up, and so
the last bit of a value, can be another. Only the ledger computes so, which does not see inside an operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OUT = "out"
_ATEN = torch.ops.aten
#: Products whose every tensor is a factor, a summand or, in the second of each pair, where the result goes.
_PRODUCTS: dict[object, Callable[..., Any]] = {
    each: packet.default
    for packet in (_ATEN.mm, _ATEN.mv, _ATEN.bmm, _ATEN.addmm, _ATEN.baddbmm)
    for each in (packet.default, packet.out)
}
_NARROW = frozenset({torch.bfloat16, torch.float16})


def compute(func: Callable[..., Any], args: tuple[object, ...], kwargs: Mapping[str, object]) -> Any:  # noqa: ANN401 - whatever the operation returns
    """The result of an operation."""
    product = _PRODUCTS.get(func)
    dtype = _narrow([*args, *kwargs.values()]) if product else None
    if product is None or dtype is None:
        return func(*args, **kwargs)
    wide = (each.float() if isinstance(each, torch.Tensor) else each for each in args)
    found = product(*wide, **{key: each for key, each in kwargs.items() if key != _OUT})
    place = kwargs.get(_OUT)
    if not isinstance(place, torch.Tensor):
        return found.to(dtype)
    return place.resize_(found.shape).copy_(found)


def _narrow(values: list[object]) -> torch.dtype | None:
    """The dtype of all the tensors, where it is a narrow one and they are real tensors of the processor's."""
    tensors = [each for each in values if isinstance(each, torch.Tensor)]
    plain = all(type(each) in {torch.Tensor, torch.nn.Parameter} and each.is_cpu for each in tensors)
    dtypes = {each.dtype for each in tensors}
    return dtypes.pop() if plain and len(dtypes) == 1 and dtypes <= _NARROW else None
