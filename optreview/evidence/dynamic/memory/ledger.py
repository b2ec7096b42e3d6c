"""The live-storage table: what is really allocated, whoever holds it.

A sum over ``optimizer.state`` misses state kept elsewhere and counts views and expanded tensors wrongly.
This table sees every storage that an operation returns, once, by the bytes of the storage itself, for as
long as it lives (``torch.utils._python_dispatch.TorchDispatchMode``). PyTorch keeps the Python object of a
storage alive with the storage, so that a weak reference to it dies exactly when the memory is freed.
"""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Self

import torch
from torch._subclasses.fake_tensor import FakeTensor
from torch.utils._python_dispatch import TorchDispatchMode

from optreview.evidence.dynamic.memory.kernels import compute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType

    from optreview.evidence.dynamic.memory.traffic import Traffic
    from optreview.evidence.dynamic.trace.places import Places
    from optreview.records import Location

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
    """The storages of what an operation returned: of tensors, inside lists, subclasses and sparse tensors.

    What a library keeps in a layout of its own, such as oneDNN's, has no storage that can be asked.
    """
    if isinstance(value, torch.Tensor):
        yield from _tensor_storages(value)
    elif isinstance(value, torch.UntypedStorage):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from storages(each)


def _tensor_storages(tensor: torch.Tensor) -> Iterator[torch.UntypedStorage]:
    for inner in inner_tensors(tensor):
        layout = inner.layout
        if layout is torch.strided:
            yield inner.untyped_storage()
            if inner.is_quantized and inner.qscheme() in _PER_CHANNEL:
                yield inner.q_per_channel_scales().untyped_storage()
                yield inner.q_per_channel_zero_points().untyped_storage()
        elif layout is torch.sparse_coo:
            yield inner._indices().untyped_storage()
            yield inner._values().untyped_storage()
        elif layout in _BY_ROW or layout in _BY_COLUMN:
            rows = layout in _BY_ROW
            yield (inner.crow_indices() if rows else inner.ccol_indices()).untyped_storage()
            yield (inner.col_indices() if rows else inner.row_indices()).untyped_storage()
            yield inner.values().untyped_storage()


_BY_ROW, _BY_COLUMN = (torch.sparse_csr, torch.sparse_bsr), (torch.sparse_csc, torch.sparse_bsc)
_PER_CHANNEL = (torch.per_channel_affine, torch.per_channel_affine_float_qparams)


def inner_tensors(tensor: torch.Tensor) -> Iterator[torch.Tensor]:
    """The plain tensors that a wrapper subclass, such as a quantised tensor, is made of; else the tensor."""
    kind = type(tensor)
    if not is_wrapper(kind):
        yield tensor
        return
    if hasattr(kind, "__tensor_flatten__"):
        names, _ = tensor.__tensor_flatten__()  # type: ignore[attr-defined]
        held = [getattr(tensor, name) for name in names]
    else:
        held = [each for each in vars(tensor).values() if isinstance(each, torch.Tensor)]
    for each in held:
        yield from inner_tensors(each)


@cache
def is_wrapper(kind: type) -> bool:
    """Whether tensors of a type have no memory of their own but answer operations from tensors inside."""
    if hasattr(kind, "__tensor_flatten__"):
        return True
    own = getattr(kind, "__torch_dispatch__", _UNTOUCHED) is not _UNTOUCHED
    return own and not issubclass(kind, FakeTensor)


_UNTOUCHED = torch._C._disabled_torch_dispatch_impl


class Ledger(TorchDispatchMode):
    """Live bytes of every storage that appeared since the ledger was opened, but for those to ignore.

    Attributes:
        live: Bytes alive now.
        peak: Most bytes alive at the end of any operation since ``mark``.
        operations: Operations dispatched since ``mark``, without those that only tell the profiler a name.
        host_reads: Operations among them that read a tensor's values into Python.
        dispatched: Operations since the ledger was opened, those that are not counted included.
        traffic: Counts what those operations move, where someone wants to know.

    Args:
        ignored: Tensors and storages that are somebody else's.
        places: Where in the package's files a storage was made is noted, when they are given.
    """

    traffic: Traffic | None = None

    def __init__(self, ignored: Iterable[object] = (), places: Places | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._places = places
        self._born: dict[int, tuple[CodeType, int]] = {}
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
        if any(map(is_wrapper, types)):
            return NotImplemented  # let the subclass take itself apart: its inner operations come back here
        result = compute(func, args, kwargs or {})
        self.record(result)
        self.dispatched += 1
        if self._counting and func.namespace != "profiler":  # type: ignore[attr-defined]
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
                if self._places is not None and (place := self._places.innermost(1)) is not None:
                    self._born[key] = place.key
            elif known != size:
                self._sizes[key] = size
                self.live += size - known

    def _forget(self, key: int) -> Callable[[object], None]:
        def freed(_: object) -> None:
            self._alive.pop(key, None)
            self._born.pop(key, None)
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

    def birthplace(self, key: int) -> Location | None:
        """Where in the package's files the storage with this ``_cdata`` was made; None if elsewhere."""
        place = self._born.get(key)
        return self._places.location(place) if self._places is not None and place is not None else None

    def ranges(self) -> list[tuple[int, int]]:
        """First and past-last addresses of every live storage that has memory on the host."""
        found = []
        for reference in list(self._alive.values()):
            storage = reference()
            if storage is not None and storage.device.type == "cpu" and storage.nbytes():
                found.append((storage.data_ptr(), storage.data_ptr() + storage.nbytes()))
        return found
