"""What can be reached from an optimizer: tensors, memory of Python's and numbers, each with its path.

Data comes first, in the order of the calls; functions, generators and autograd graphs that were met on the
way are followed afterwards (``code``), so that what is plainly kept somewhere belongs to that place.
"""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from functools import cache
from types import BuiltinFunctionType, CodeType, FrameType, GenericAlias, ModuleType, UnionType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

from optreview.evidence.dynamic.memory import leads
from optreview.evidence.dynamic.memory.host import HostMemory, base_of, host_memory, is_array, is_number
from optreview.evidence.dynamic.memory.ledger import inner_tensors, is_wrapper

if TYPE_CHECKING:
    from collections.abc import Iterator, Sized

#: Objects looked at before a walk gives up: reviewed code can hang anything on an optimizer.
_MOST_OBJECTS = 200_000
#: Types as hints write them; a package has hundreds, and none can change.
_HINTS = (GenericAlias, UnionType, *type(Literal[None]).__bases__)
_OPAQUE = (
    type,
    ModuleType,
    BuiltinFunctionType,
    FrameType,
    CodeType,
    str,
    *_HINTS,
)
_PLAIN = frozenset({str, bool, type(None), torch.dtype, torch.device, torch.Generator, torch.Size})
#: Modules of the standard library whose objects are containers; what others hold is Python's own affair.
_HOLDING = frozenset(
    {"array", "builtins", "collections", "contextlib", "functools", "itertools", "queue", "types", "weakref"}
)
#: Packages of torch whose objects lead into torch itself: compilers, contexts, graphs of code.
_MACHINERY = ("torch._", "torch.autograd", "torch.fx", "torch.jit")
#: Functions in functions in functions that are looked into to see whether anything can change.
_DEEPEST = 8
_NUMBERS = frozenset({int, float, complex})
_SEQUENCES = (list, tuple, set, frozenset, deque)
_GRAPH = "autograd graph of "

#: What holds bytes of torch's.
KEPT = (torch.Tensor, torch.UntypedStorage)
Value = torch.Tensor | torch.UntypedStorage | HostMemory | complex


#: A path, and the object there.
Named = tuple[str, object]


class Leaf(NamedTuple):
    """Something that holds memory or is a number, the path to it, and whose state it is, if any's.

    Numbers that are ``alike``, such as those of a list, are one leaf.
    """

    path: str
    value: Value
    owner: torch.Tensor | None
    alike: int = 1


class Walk:
    """Visits every object once, so that cycles end and shared objects belong to the path that came first.

    Attributes:
        entries: What there is at each path walked so far: entries of containers, bytes of arrays.
        graphs: Paths of the tensors that keep an autograd graph alive.
    """

    def __init__(self, skipped: Iterable[torch.Tensor] = ()) -> None:
        self._kept: list[object] = list(skipped)  # ids stay unique only while the objects live
        self._seen = {id(each) for each in self._kept}
        self._code: deque[tuple[object, str, torch.Tensor | None]] = deque()
        self._owners: dict[int, torch.Tensor] = {}
        self.entries: Counter[str] = Counter()
        self.graphs: list[str] = []

    def state(self, optimizer: object) -> Iterator[Leaf]:
        """What ``optimizer.state`` holds, under the keys of the per-parameter dictionaries."""
        state = getattr(optimizer, "state", None)
        if not isinstance(state, Mapping):
            return
        self._seen.add(id(state))
        self.entries["state"] += len(state)
        for key, entry in list(state.items()):
            owner = key if isinstance(key, torch.Tensor) else None
            path = "" if owner is not None else _name(key)
            yield from self.named([(path, entry)], owner)

    def attributes(self, optimizer: object) -> Iterator[Leaf]:
        """What the optimizer's own attributes hold, less what ``state`` has shown already."""
        yield from self.named(self._fields(optimizer, ""))

    def hung_on(self, tensors: Iterable[torch.Tensor]) -> Iterator[Leaf]:
        """What was attached to the parameters themselves, as attributes and as hooks."""
        for tensor in tensors:
            hooks = (tensor._backward_hooks, getattr(tensor, "_post_accumulate_grad_hooks", None))
            attached = [("parameter", _own(tensor)), *(("hook of parameter", each) for each in hooks)]
            yield from self.named(attached, tensor)

    def code(self) -> Iterator[Leaf]:
        """What the functions, generators and graphs met so far keep alive, and what that leads to."""
        while self._code:
            value, path, owner = self._code.popleft()
            if isinstance(value, torch.Tensor):
                saved = ((path, each) for each in leads.graph(value))
                yield from self.named(saved, owner)
            else:
                yield from self.named(leads.leads(value, path), owner)

    def named(self, found: Iterable[Named], owner: torch.Tensor | None = None) -> Iterator[Leaf]:
        """What hangs on these objects, whose paths are given, in depth and in order."""
        waiting = [(iter(found), owner)]
        while waiting:
            path, value = _next(waiting[-1][0])
            owner = self._owners.get(id(value), waiting[-1][1])
            if path is None:
                waiting.pop()
                continue
            if id(value) in self._seen or _empty(value):
                continue
            if is_number(value):
                yield Leaf(path, value, owner)  # type: ignore[arg-type]
                continue
            if len(self._seen) > _MOST_OBJECTS:
                return
            self._seen.add(id(value))
            self._kept.append(value)
            leaf, further = self._opened(value, path, owner)
            if leaf is not None:
                yield leaf
            waiting.append((iter(further), owner))

    def _opened(
        self, value: object, path: str, owner: torch.Tensor | None
    ) -> tuple[Leaf | None, Iterable[Named]]:
        """What an object is, if it is a leaf, and where it leads."""
        if isinstance(value, leads.CODE):
            self._code.append((value, path, owner))
            return None, ()
        if isinstance(value, torch.Tensor):
            return Leaf(path, value, owner), self._behind(value, path, owner)
        if isinstance(value, (torch.UntypedStorage, torch.TypedStorage)):
            storage: Any = getattr(value, "_untyped_storage", value)
            return Leaf(path, storage, owner), ()
        block = host_memory(value)
        if block is not None:
            return self._block(block, path, owner)
        if isinstance(value, _SEQUENCES) and value and set(map(type, value)) <= _NUMBERS:
            self._count(value, path)
            return Leaf(path, next(iter(value)), owner, len(value)), ()
        return None, self._children(value, path)

    def _behind(self, tensor: torch.Tensor, path: str, owner: torch.Tensor | None) -> Iterator[Named]:
        """What a tensor keeps besides its memory: a graph, a gradient, attributes."""
        if is_wrapper(type(tensor)):
            inner = list(inner_tensors(tensor))  # its memory, already counted with it
            self._kept += inner
            self._seen.update(map(id, inner))
        if tensor.grad_fn is not None and not path.startswith(_GRAPH):
            self.graphs.append(path)
            self._code.append((tensor, _GRAPH + path, owner))
        if tensor.is_leaf and tensor.grad is not None:
            self._owners[id(tensor.grad)] = tensor
            yield _join(path, "grad"), tensor.grad
        yield from self._fields(tensor, path)

    def _block(
        self, block: HostMemory, path: str, owner: torch.Tensor | None
    ) -> tuple[Leaf | None, Iterable[Named]]:
        base = base_of(block.owner)
        if base is not block.owner:
            return None, [(path, base)]
        objects = is_array(base) and base.dtype.hasobject  # type: ignore[attr-defined]
        self.entries[path] += block.bytes
        return Leaf(path, block, owner), [(path, base.tolist())] if objects else ()  # type: ignore[attr-defined]

    def _children(self, value: object, path: str) -> Iterator[Named]:
        if isinstance(value, Mapping):
            self.entries[path] += len(value)
            for key, each in list(value.items()):
                if not _empty(each):  # as most are, and a path takes time to put together
                    if isinstance(key, torch.Tensor):
                        self._owners[id(each)] = key
                    yield _join(path, _name(key)), each
        elif isinstance(value, _SEQUENCES):
            self._count(value, path)
            for each in list(value):
                yield path, each
        elif leads.is_iterator(value):
            yield from leads.held_by_iterator(value, path)
            return
        if not _closed(type(value)):
            yield from self._fields(value, path)

    def _count(self, value: Sized, path: str) -> None:
        if getattr(value, "maxlen", None) is None:  # or its length is bounded, whatever it is now
            self.entries[path] += len(value)

    def _fields(self, value: object, path: str) -> Iterator[Named]:
        for name, each in _attributes(value):
            self.entries[path] += 1
            if not _empty(each):
                yield _join(path, name), each


def _empty(value: object) -> bool:
    """Whether it holds nothing and leads nowhere."""
    return type(value) in _PLAIN or isinstance(value, _OPAQUE)


def _next(found: Iterator[Named]) -> Named | tuple[None, None]:
    """The next object; an object of the reviewed code's that raises when it is looked at leads nowhere."""
    try:
        return next(found, (None, None))
    except Exception:  # noqa: BLE001 - what it holds is counted all the same, as nobody's
        return None, None


def _closed(kind: type) -> bool:
    """Whether objects of a type are left alone, as Python's and torch's own machinery."""
    module = kind.__module__
    top = module.partition(".")[0]
    return module.startswith(_MACHINERY) or (top in sys.stdlib_module_names and top not in _HOLDING)


def inert(value: object, depth: int = 0) -> bool:
    """Whether an object can never come to hold memory: it cannot change, and neither can what it holds."""
    kind = type(value)
    if kind in _PLAIN or kind in _NUMBERS or kind is bytes or isinstance(value, _OPAQUE):
        return True
    held: Iterable[object] | None = None
    if kind in (tuple, frozenset):
        held = value  # type: ignore[assignment]
    elif isinstance(value, leads.CODE):
        held = leads.kept(value)
    elif _closed(kind) and not isinstance(value, Iterable):
        return True
    return held is not None and depth < _DEEPEST and all(inert(each, depth + 1) for each in held)


def _own(value: object) -> dict[str, object]:
    """An object's attributes; of a tensor without values, those that its kind does not have anyway."""
    found: dict[str, object] = dict(getattr(value, "__dict__", {}))
    kind = _of_any_fake() if isinstance(value, FakeTensor) else frozenset()
    return {name: each for name, each in found.items() if name not in kind}


@cache
def _of_any_fake() -> frozenset[str]:
    """Its mode, and the values that it remembers: no memory of the optimizer's."""
    with FakeTensorMode():
        return frozenset(vars(torch.empty(())))


def _attributes(value: object) -> Iterator[tuple[str, object]]:
    yield from _own(value).items()
    for base in type(value).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            if name not in ("__dict__", "__weakref__"):
                private = name.startswith("__") and not name.endswith("__")
                stored = f"_{base.__name__.lstrip('_')}{name}" if private else name
                try:
                    yield name, getattr(value, stored)
                except AttributeError:  # a slot that was never filled
                    continue


def _name(key: object) -> str:
    return key if isinstance(key, str) else ""


def _join(path: str, name: str) -> str:
    if path.endswith(f".{name}"):
        return path  # links of a chain are one place, however long it is
    return f"{path}.{name}" if path and name else path or name
