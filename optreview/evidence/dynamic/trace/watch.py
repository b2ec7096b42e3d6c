"""Sees every tensor operation of a step: what it writes into, what it hands to Python, what it makes.

Two views are needed. Below autograd every operation passes, with a schema that says what it writes into
(``TorchDispatchMode``). Above it stand the calls that a CPU answers without any operation, but for which an
accelerator would have to wait: ``.cpu()``, ``.numpy()``, ``.tolist()`` (``TorchFunctionMode``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._device import _device_constructors
from torch.utils._python_dispatch import TorchDispatchMode

from optreview.evidence.dynamic.memory.ledger import HOST_READS
from optreview.evidence.dynamic.trace.holders import memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from optreview.evidence.dynamic.trace.holders import Holders
    from optreview.evidence.dynamic.trace.lines import Lines
    from optreview.evidence.dynamic.trace.notes import Notes
    from optreview.evidence.dynamic.trace.places import Place, Places

    Keywords = dict[str, object] | None

#: Methods that copy to the host; on the CPU they return what they are given, so that no operation shows them.
_COPIES = frozenset({"cpu", "numpy", "tolist", "__array__"})
_MOVES = frozenset({"to", "cuda", "type_as"})
#: Change where a tensor's elements lie, not what they are.
_NO_WRITES = frozenset({"aten::set_", "aten::resize_", "aten::resize_as_", "aten::detach_", "aten::rename_"})
_FRAMES_BETWEEN = 2


class Watch:
    """Both views and the lines as one context manager; what is seen goes to ``notes``."""

    def __init__(self, places: Places, holders: Holders, notes: Notes, lines: Lines) -> None:
        self._holders, self._lines = holders, lines
        self._below = _Operations(places, holders, notes)
        self._above = _Calls(places, holders, notes)

    def __enter__(self) -> Self:
        self._holders.begin()
        self._lines.__enter__()
        self._below.__enter__()  # type: ignore[no-untyped-call]
        self._above.__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *details: object) -> None:
        self._above.__exit__(*details)  # type: ignore[no-untyped-call]
        self._below.__exit__(*details)  # type: ignore[no-untyped-call]
        self._lines.__exit__()


class _Operations(TorchDispatchMode):
    def __init__(self, places: Places, holders: Holders, notes: Notes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._places, self._holders, self._notes = places, holders, notes
        self._written: dict[object, tuple[tuple[int, str], ...]] = {}
        self._last: object = None
        self._arrivals = 0

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[object, ...] = (),
        kwargs: Keywords = None,
    ) -> Any:  # noqa: ANN401 - whatever the operation returns
        if any(hasattr(each, "__tensor_flatten__") for each in types):
            return NotImplemented  # the operations on the inner tensors come back here
        place = self._places.innermost(1)
        with torch._C.DisableTorchFunction():  # or every look at a tensor would be a call to watch
            return self._run(func, place, args, kwargs or {})

    def _run(
        self,
        func: Callable[..., Any],
        place: Place | None,
        args: tuple[object, ...],
        keywords: dict[str, object],
    ) -> Any:  # noqa: ANN401 - whatever the operation returns
        if place is None:
            return self._unplaced(func, args, keywords)
        if place.key != self._last:
            self._last = place.key
            self._arrivals += 1
        if not self._notes.asks(place):
            return self._unplaced(func, args, keywords)
        writes = list(self._writes(func, place, args, keywords))
        several = len(self._mutable(func)) > 1
        before = [(each, each.clone()) for each, _ in writes] if several else ()
        given = list(tensors((args, keywords)))
        self._read(func, place, given)
        result = func(*args, **keywords)
        if before:  # a fused operation may declare more than it does
            same = {id(each) for each, kept in before if _equal(each, kept)}
            writes = [each for each in writes if id(each[0]) not in same]
        for _, storage in writes:
            self._notes.wrote(place, storage)
        self._made(place, given, result)
        return result

    def _unplaced(
        self, func: Callable[..., Any], args: tuple[object, ...], keywords: dict[str, object]
    ) -> Any:  # noqa: ANN401
        result = func(*args, **keywords)
        for tensor in tensors(result):
            for storage in memory(tensor):
                self._holders.born(storage, None)
        return result

    def _writes(
        self, func: Callable[..., Any], place: Place, args: tuple[object, ...], keywords: dict[str, object]
    ) -> Iterator[tuple[torch.Tensor, torch.UntypedStorage]]:
        """The memory that an operation writes into, less what the same expression made."""
        mutable = self._mutable(func)
        if mutable:
            self._holders.gradients()
        for position, name in mutable:
            given = args[position] if position < len(args) else keywords.get(name)
            for tensor in tensors(given):
                for storage in memory(tensor):
                    if self._holders.birthplace(storage) != (place.key, self._arrivals):
                        yield tensor, storage

    def _mutable(self, func: Callable[..., Any]) -> tuple[tuple[int, str], ...]:
        known = self._written.get(func)
        if known is None:
            known = self._written[func] = tuple(_mutable(func))
        return known

    def _read(self, func: Callable[..., Any], place: Place, given: list[torch.Tensor]) -> None:
        name = func.name()  # type: ignore[attr-defined]
        by_mask = name == "aten::index.Tensor" and any(tensor.dtype == torch.bool for tensor in given[1:])
        if (by_mask or name in HOST_READS) and not self._holders.all_on_host(given):
            self._notes.read(place)

    def _made(self, place: Place, given: list[torch.Tensor], result: object) -> None:
        host = self._holders.all_on_host(given)
        for tensor in tensors(result):
            here = (place.key, self._arrivals)
            fresh = [storage for storage in memory(tensor) if self._holders.born(storage, here)]
            if fresh:
                if host:
                    self._holders.settle_on(tensor, host=True)
                self._notes.made(place, tensor)


class _Calls(TorchFunctionMode):
    def __init__(self, places: Places, holders: Holders, notes: Notes) -> None:
        super().__init__()
        self._places, self._holders, self._notes = places, holders, notes
        self._factories = frozenset(_device_constructors())

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[object, ...] = (),
        kwargs: Keywords = None,
    ) -> Any:  # noqa: ANN401 - whatever the call returns
        keywords = kwargs or {}
        result = func(*args, **keywords)
        name = getattr(func, "__name__", "")
        if name in _MOVES:
            self._moved(name, args, keywords, result)
        elif name in _COPIES:
            self._copied(args)
        elif func in self._factories and isinstance(result, torch.Tensor) and _for_host(func, args, keywords):
            self._holders.settle_on(result, host=True)
        return result

    def _moved(
        self, name: str, args: tuple[object, ...], keywords: dict[str, object], result: object
    ) -> None:
        device = next((d for d in (_device(each) for each in (*args[1:], *keywords.values())) if d), None)
        beside = next(
            (each for each in (*args[1:], keywords.get("other")) if isinstance(each, torch.Tensor)), None
        )
        if beside is not None and isinstance(result, torch.Tensor):
            self._holders.settle_on(result, host=self._holders.all_on_host([beside]))
        elif isinstance(device, str) and device.startswith("cpu"):
            self._copied(args)
        elif (device is not None or name == "cuda") and isinstance(result, torch.Tensor):
            self._holders.settle_on(result, host=False)

    def _copied(self, args: tuple[object, ...]) -> None:
        place = self._places.innermost(_FRAMES_BETWEEN)
        if place is not None and not self._holders.all_on_host(list(tensors(args[:1]))):
            self._notes.read(place)


def _for_host(func: Callable[..., Any], args: tuple[object, ...], keywords: dict[str, object]) -> bool:
    """Whether a factory makes its tensor on the host, whatever device the parameters are on."""
    device = keywords.get("device", "cpu")
    named = device is None or (isinstance(device, str) and device.startswith("cpu"))
    return named and (func is torch.tensor or next(tensors((args, keywords)), None) is None)


def _device(given: object) -> str | torch.device | None:
    """A device among the arguments of ``to``; as a text when it was written as one."""
    if isinstance(given, (str, torch.device)):
        return given
    return None


def _mutable(func: Callable[..., Any]) -> Iterator[tuple[int, str]]:
    schema = getattr(func, "_schema", None)
    if schema is None or schema.name in _NO_WRITES or torch.Tag.inplace_view in getattr(func, "tags", ()):
        return
    for position, argument in enumerate(schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            yield position, argument.name


def tensors(value: object) -> Iterator[torch.Tensor]:
    """The tensors among the arguments or the results of an operation."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from tensors(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from tensors(each)


def _equal(tensor: torch.Tensor, kept: torch.Tensor) -> bool:
    return torch.equal(torch.nan_to_num(tensor), torch.nan_to_num(kept))
