"""What an optimizer does, measured with torch alone: nothing of optreview takes part."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: 303,488 parameters: a convolution, matrices and vectors, the shapes that the pages' records name.
SHAPES = (
    (16, 3, 3, 3), (16,), (320, 256), (320,), (320,), (320,), (256, 320), (288, 256), (224, 288),
)  # fmt: skip
_STEPS = 12


class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts operations, and the bytes of storages that are born and still live."""

    def __init__(self, known: Sequence[torch.Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._seen = {t.untyped_storage()._cdata for t in known}
        self.live = self.peak = self.operations = 0

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload[..., object],
        types: Sequence[type],
        args: Sequence[object] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> object:
        """Run it, and look at what it returns."""
        del types
        found = func(*args, **(kwargs or {}))
        self.operations += func.namespace == "aten"  # and not what tells the profiler a name
        for leaf in tree_leaves(found):
            if isinstance(leaf, torch.Tensor):
                self._born(leaf.untyped_storage())
        return found

    def _born(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        if key in self._seen:
            return
        self._seen.add(key)
        size = storage.nbytes()
        self.live += size
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._gone, key, size)

    def _gone(self, key: int, size: int) -> None:
        self._seen.discard(key)
        self.live -= size


def parameters(dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    """Small, and the same every time."""
    torch.manual_seed(0)
    return [torch.nn.Parameter((torch.randn(shape) * 0.1).to(dtype)) for shape in SHAPES]


def step(optimizer: torch.optim.Optimizer, params: Sequence[torch.Tensor], index: int) -> None:
    """One step with gradients of noise."""
    give(params, index)
    optimizer.step()


def give(params: Sequence[torch.Tensor], index: int) -> None:
    """Gradients of noise."""
    torch.manual_seed(1000 + index)
    for p in params:
        p.grad = (torch.randn(p.shape) * 0.1 + 0.05).to(p.dtype)


def tensors(optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    """The state."""
    return [v for s in optimizer.state.values() for v in s.values() if isinstance(v, torch.Tensor)]


def figures(make: Callable[..., torch.optim.Optimizer], dtype: torch.dtype = torch.float32) -> dict[str, Any]:
    """Bytes of state, the peak of a late step and its operations, and where the weights end."""
    params = parameters(dtype)
    size = sum(p.nbytes for p in params)
    optimizer = make(params)
    for index in range(_STEPS - 1):
        step(optimizer, params, index)
    give(params, _STEPS)
    held = [*params, *(p.grad for p in params if p.grad is not None), *tensors(optimizer)]
    with Watch(held) as watch:
        optimizer.step()
    state = sum(t.nbytes for t in tensors(optimizer))
    return {
        "state_bytes": state,
        "state": state / size,
        "peak": watch.peak / size,
        "operations": watch.operations,
        "weights": [p.detach().clone() for p in params],
        "finite": all(bool(p.isfinite().all()) for p in params),
    }


def course(make: Callable[..., torch.optim.Optimizer], gradients: Sequence[float]) -> list[float]:
    """How far a weight goes downhill in each step under these gradients, the same in every element."""
    p = torch.nn.Parameter(torch.zeros(6, 4, dtype=torch.float64))
    optimizer = make([p])
    moves = []
    for value in gradients:
        p.grad = torch.full_like(p, value)
        before = p.detach().clone()
        optimizer.step()
        moves.append(float((before - p.detach()).mean()))
    return moves
