"""What can be reached from an optimizer: tensors and numbers, each with the path that leads to it."""

from __future__ import annotations

from collections.abc import Mapping
from types import (
    BuiltinFunctionType,
    CodeType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)
from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Objects looked at before a walk gives up: reviewed code can hang anything on an optimizer.
_MOST_OBJECTS = 200_000
_OPAQUE = (
    type,
    ModuleType,
    FunctionType,
    BuiltinFunctionType,
    MethodType,
    GeneratorType,
    FrameType,
    CodeType,
    str,
    bytes,
    torch.dtype,
    torch.device,
    torch.Generator,
)


class Leaf(NamedTuple):
    """A tensor or a Python number, the dotted path to it, and the parameter whose state it is, if any."""

    path: str
    value: torch.Tensor | complex
    owner: torch.Tensor | None


class Walk:
    """Visits every object once, so that cycles end and shared objects belong to the path that came first."""

    def __init__(self, skipped: Iterable[torch.Tensor] = ()) -> None:
        self._kept = list(skipped)  # ids stay unique only while the objects live
        self._seen = {id(each) for each in self._kept}

    def state(self, optimizer: object) -> Iterator[Leaf]:
        """What ``optimizer.state`` holds, under the keys of the per-parameter dictionaries."""
        state = getattr(optimizer, "state", None)
        if not isinstance(state, Mapping):
            return
        self._seen.add(id(state))
        for key, entry in list(state.items()):
            owner = key if isinstance(key, torch.Tensor) else None
            path = "" if owner is not None else _name(key)
            yield from self._visit(entry, path, owner)

    def attributes(self, optimizer: object) -> Iterator[Leaf]:
        """What the optimizer's own attributes hold, less what ``state`` has shown already."""
        yield from self._children(optimizer, "", None)

    def hung_on(self, tensors: Iterable[torch.Tensor]) -> Iterator[Leaf]:
        """What was attached to the parameters themselves as attributes."""
        for tensor in tensors:
            yield from self._visit(dict(vars(tensor)), "parameter", tensor)

    def _visit(self, value: object, path: str, owner: torch.Tensor | None) -> Iterator[Leaf]:
        if isinstance(value, (int, float, complex)):
            if not isinstance(value, bool):
                yield Leaf(path, value, owner)
            return
        if value is None or isinstance(value, _OPAQUE) or id(value) in self._seen:
            return
        if len(self._seen) > _MOST_OBJECTS:
            return
        self._seen.add(id(value))
        self._kept.append(value)  # type: ignore[arg-type]
        if isinstance(value, torch.Tensor):
            yield Leaf(path, value, owner)
        else:
            yield from self._children(value, path, owner)

    def _children(self, value: object, path: str, owner: torch.Tensor | None) -> Iterator[Leaf]:
        if isinstance(value, Mapping):
            for key, each in list(value.items()):
                yield from self._visit(each, _join(path, _name(key)), owner)
            return
        if isinstance(value, (list, tuple, set, frozenset)) or type(value).__name__ == "deque":
            for each in list(value):  # type: ignore[call-overload]
                yield from self._visit(each, path, owner)
        for name, each in _fields(value):
            yield from self._visit(each, _join(path, name), owner)


def _fields(value: object) -> Iterator[tuple[str, object]]:
    yield from list(getattr(value, "__dict__", {}).items())
    for base in type(value).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            if name not in ("__dict__", "__weakref__"):
                try:
                    yield name, getattr(value, name)
                except AttributeError:  # a slot that was never filled
                    continue


def _name(key: object) -> str:
    return key if isinstance(key, str) else ""


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name
