"""The live-storage table: what is really allocated, whoever holds it.

A sum over ``optimizer.state`` misses state kept elsewhere and counts views and expanded tensors wrongly.
This table sees every storage that an operation returns, once, by the bytes of the storage itself, for as
long as it lives (``torch.utils._python_dispatch.TorchDispatchMode``). PyTorch keeps the Python object of a
storage alive with the storage, so that a weak reference to it dies exactly when the memory is freed.
"""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import torch
from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from optreview.evidence.dynamic.memory.traffic import Traffic

#: Operations that hand a value from a tensor to Python.
VALUE_READS = frozenset({"aten::_local_scalar_dense", "aten::equal", "aten::allclose", "aten::is_nonzero"})
#: Operations that hand Python a value, or a shape that depends on values: on an accelerator each waits for
#: everything queued before it.
HOST_READS = frozenset(
    {
        "aten::_local_scalar_dense",
        "aten::equal",
        "aten::nonzero",
        "aten::masked_select",
        "aten::unique_dim",
        "aten::_unique2",
    }
)


def storages(value: object) -> Iterator[torch.UntypedStorage]:
    """The storages of what an operation returned: of tensors, inside lists, subclasses and sparse tensors."""
    if isinstance(value, torch.Tensor):
        yield from _tensor_storages(value)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from storages(each)


def _tensor_storages(tensor: torch.Tensor) -> Iterator[torch.UntypedStorage]:
    for inner in inner_tensors(tensor):
        if inner.layout is torch.strided:
            yield inner.untyped_storage()
        elif inner.layout is torch.sparse_coo:
            yield inner._indices().untyped_storage()
            yield inner._values().untyped_storage()


def inner_tensors(tensor: torch.Tensor) -> Iterator[torch.Tensor]:
    """The plain tensors that a wrapper subclass, such as a quantised tensor, is made of; else the tensor."""
    flatten = getattr(tensor, "__tensor_flatten__", None)
    if flatten is None:
        yield tensor
        return
    names, _ = flatten()
    for name in names:
        yield from inner_tensors(getattr(tensor, name))


class Ledger(TorchDispatchMode):
    """Live bytes of every storage that appeared since the ledger was opened, but for those to ignore.

    Attributes:
        live: Bytes alive now.
        peak: Most bytes alive at the end of any operation since ``mark``.
        operations: Operations dispatched since ``mark``.
        host_reads: Operations among them that read a tensor's values into Python.
        dispatched: Operations since the ledger was opened, those that are not counted included.
        traffic: Counts what those operations move, where someone wants to know.
    """

    traffic: Traffic | None = None

    def __init__(self, ignored: Iterable[torch.Tensor] = ()) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._ignored = {s._cdata for tensor in ignored for s in storages(tensor)}
        self._sizes: dict[int, int] = {}
        self._alive: dict[int, weakref.ref[torch.UntypedStorage]] = {}
        self._counting = True
        self.live = 0
        self.dispatched = 0
        self.mark()

    def __enter__(self) -> Self:
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def mark(self) -> None:
        """Begin a new stretch: the peak falls to what is live now, the counters to zero."""
        self.peak = self.live
        self.operations = 0
        self.host_reads = 0
        if self.traffic is not None:
            self.traffic.clear()

    @contextmanager
    def not_counted(self) -> Iterator[None]:
        """Storages are still seen, but operations and the peak are somebody else's (a closure's backward)."""
        before, self._counting = self._counting, False
        try:
            yield
        finally:
            self._counting = before

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the operation returns
        """Run one operation and record what it returned."""
        if any(hasattr(each, "__tensor_flatten__") for each in types):
            return NotImplemented  # let the subclass take itself apart: its inner operations come back here
        result = func(*args, **(kwargs or {}))
        self.record(result)
        self.dispatched += 1
        if self._counting:
            self.operations += 1
            self.host_reads += func.name() in HOST_READS  # type: ignore[attr-defined]
            self.peak = max(self.peak, self.live)
            if self.traffic is not None:
                self.traffic.note(func, args, kwargs or {}, result)  # type: ignore[arg-type]
        return result

    def record(self, value: object) -> None:
        """Take in storages however they were found: returned by an operation, or reached by a walk."""
        for storage in storages(value):
            key = storage._cdata
            if key in self._ignored:
                continue
            size = storage.nbytes()
            known = self._sizes.get(key)
            if known is None:
                self._alive[key] = weakref.ref(storage, self._forget(key))
                self._sizes[key] = size
                self.live += size
            elif known != size:
                self._sizes[key] = size
                self.live += size - known

    def _forget(self, key: int) -> Callable[[object], None]:
        def freed(_: object) -> None:
            self._alive.pop(key, None)
            self.live -= self._sizes.pop(key, 0)

        return freed

    def reread(self) -> None:
        """Ask every live storage for its size again: ``resize_`` on a storage is no operation."""
        for key, reference in list(self._alive.items()):
            storage = reference()
            if storage is not None:
                self.live += storage.nbytes() - self._sizes[key]
                self._sizes[key] = storage.nbytes()

    def size(self, key: int) -> int:
        """Bytes of the live storage with this ``_cdata``, or 0 if it is ignored or gone."""
        return self._sizes.get(key, 0)
