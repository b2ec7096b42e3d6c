"""Operations that change the values of their first argument and nothing else: without values, nothing at all.

Most of a simulation's time would go into finding that out for each of them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from torch._subclasses.fake_tensor import FakeTensor

if TYPE_CHECKING:
    from collections.abc import Callable

#: It looks like the others, but makes room in its argument.
_RESIZES = "aten::_resize_output_"


def changes_values_alone(func: Callable[..., Any], written: object) -> bool:
    """Whether an operation writes into dense tensors without values, and does not change their shape.

    A tensor whose value is known stays with those who keep it up to date.
    """
    if not _in_place(func):
        return False
    tensors = written if isinstance(written, (list, tuple)) else (written,)
    return all(
        isinstance(each, FakeTensor) and each.constant is None and each.layout is torch.strided
        for each in tensors
    )


@cache
def _in_place(func: Callable[..., Any]) -> bool:
    assert isinstance(func, torch._ops.OpOverload)
    first = next(iter(func._schema.arguments), None)
    if first is None or first.alias_info is None or not first.alias_info.is_write:
        return False
    name = func._schema.name
    return (
        name.startswith("aten::")
        and name.endswith("_")
        and name != _RESIZES
        and torch.Tag.inplace_view not in func.tags
    )
