"""Small tables that code makes of numbers alone keep their values, though nothing else has any.

A quantile table (``torch.linspace(0.1, 1, 33).tolist()``) is the same for every model, and ``tolist`` reads a
real tensor without an operation that could be noted. ``FakeTensorMode`` keeps the values of single numbers
by itself, and computes with them; here the same is true of more.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch._subclasses import fake_tensor
from torch.utils._mode_utils import no_dispatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Elements up to which values are kept: tables of 8 and of 16 bits, but no state worth counting.
MOST = 1 << 16
_MAKERS = frozenset({"aten::arange", "aten::linspace", "aten::logspace"})


@contextmanager
def tables_kept() -> Iterator[None]:
    """Fake tensors that follow from numbers alone have values up to ``MOST`` elements."""
    before = fake_tensor.CONSTANT_NUMEL_LIMIT
    fake_tensor.CONSTANT_NUMEL_LIMIT = MOST
    try:
        yield
    finally:
        fake_tensor.CONSTANT_NUMEL_LIMIT = before


def table(name: str, func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """What an operation makes of numbers alone, with its values; None where it is no small table."""
    if name not in _MAKERS or any(isinstance(each, torch.Tensor) for each in (*args, *kwargs.values())):
        return None
    device = kwargs.get("device")
    mode = torch._C._get_dispatch_mode(torch._C._TorchDispatchModeKey.FAKE)
    if mode is None or (device is not None and torch.device(device).type != "cpu"):
        return None
    with torch.device("meta"):
        size = func(*args, **{**kwargs, "device": "meta"}).numel()
    if size > MOST:
        return None
    with no_dispatch():
        real = func(*args, **kwargs)
    return mode.fake_tensor_converter.from_real_tensor(mode, real, make_constant=True)
