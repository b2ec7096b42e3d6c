"""What makes fake tensors take the paths that real ones take, on the CPU and on a CUDA device."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.optim import optimizer as torch_optimizer
from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def warm_up() -> None:
    """What the first fake step costs, a second of imports and tables, once for all forks."""
    with FakeTensorMode(), multi_tensor_fakes():
        parameter = torch.nn.Parameter(torch.empty(2, 2))
        parameter.grad = torch.empty_like(parameter)
        torch.optim.AdamW([parameter], foreach=True).step()
        torch.optim.AdamW([parameter], fused=True).step()


@contextmanager
def multi_tensor_fakes() -> Iterator[None]:
    """torch.optim takes the multi-tensor path for tensor types that it lists; fakes are not in the list."""
    supported = torch_optimizer._foreach_supported_types
    supported.append(FakeTensor)
    try:
        yield
    finally:
        supported.remove(FakeTensor)


@contextmanager
def as_on_cuda() -> Iterator[None]:
    """Real tensors on the CPU take the path by default that torch.optim takes by default on CUDA."""
    name = "_get_foreach_kernels_supported_devices"
    original = getattr(torch_optimizer, name)
    setattr(torch_optimizer, name, lambda: [*original(), "cpu"])
    try:
        yield
    finally:
        setattr(torch_optimizer, name, original)


@contextmanager
def placed(device: str) -> Iterator[None]:
    """Values that code puts on the device by ``torch.tensor`` go there as fakes: it may not exist."""
    if device == "cpu":
        yield
        return
    with _ByWay():
        yield


class _ByWay(TorchFunctionMode):
    """``torch.tensor(…, device=device)`` would ask the real device for memory; a copy of a fake does not."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the function returns
        """Call the function, or take the way over the CPU."""
        given = dict(kwargs or {})
        if func in _FROM_VALUES and given.get("device") is not None:
            device = given.pop("device")
            return func(*args, **given).to(device)
        return func(*args, **given)


_FROM_VALUES = frozenset({torch.tensor, torch.as_tensor, torch.asarray})
