"""Where an object that is no plain container leads: what a function, a generator or a graph keeps alive."""

from __future__ import annotations

import functools
import gc
from collections import deque
from types import (
    AsyncGeneratorType,
    CellType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    Leads = Iterator[tuple[str, object]]

_CACHE = type(functools.lru_cache(len))
#: What holds something back without being data: followed after all data.
CODE = (
    FunctionType,
    MethodType,
    GeneratorType,
    CoroutineType,
    AsyncGeneratorType,
    CellType,
    functools.partial,
    property,
    staticmethod,
    classmethod,
    _CACHE,
)
#: Nodes of one autograd graph that are looked at; a graph grows by some in every step.
_MOST_NODES = 20_000


def leads(value: Any, path: str) -> Leads:  # noqa: ANN401 - any object
    """What a piece of code keeps alive, each with a path that says how."""
    if isinstance(value, FunctionType):
        yield from _function(value)
    elif isinstance(value, MethodType):
        yield path, value.__self__
        yield path, value.__func__
    elif isinstance(value, functools.partial):
        yield from ((path, each) for each in (value.func, *value.args, value.keywords))
    elif isinstance(value, _CACHE):
        name = f"lru_cache of {getattr(value, '__qualname__', 'a function')}()"
        yield from ((name, each) for each in gc.get_referents(value) if not isinstance(each, type))
    elif isinstance(value, (property, staticmethod, classmethod)):
        made_of = (value.fget, value.fset, value.fdel) if isinstance(value, property) else (value.__func__,)
        yield from ((path, each) for each in made_of)
    elif isinstance(value, CellType):
        yield from _cell(path, value)
    else:
        yield from _suspended(value)


def _function(function: FunctionType) -> Leads:
    name, code = function.__qualname__, function.__code__
    for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        yield from _cell(f"closure of {name}: {variable}", cell)
    defaults = function.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    for argument, default in zip(positional[len(positional) - len(defaults) :], defaults, strict=True):
        yield f"default of {name}: {argument}", default
    for argument, default in (function.__kwdefaults__ or {}).items():
        yield f"default of {name}: {argument}", default
    for attribute, each in vars(function).items():
        yield f"function {name}: {attribute}", each


def _cell(path: str, cell: CellType) -> Leads:
    try:
        yield path, cell.cell_contents
    except ValueError:  # a variable that was never assigned, or was deleted
        return


def _suspended(value: Any) -> Leads:  # noqa: ANN401 - a generator of any kind
    for kind, prefix in (("generator", "gi"), ("coroutine", "cr"), ("generator", "ag")):
        frame = getattr(value, f"{prefix}_frame", None)
        if frame is not None:
            for variable, each in frame.f_locals.items():
                yield f"{kind} {value.__qualname__}: {variable}", each


def is_iterator(value: object) -> bool:
    """Whether it is an iterator of Python's own, which keeps what it has yet to yield."""
    return type(value).__module__ in ("builtins", "itertools") and hasattr(type(value), "__next__")


def held_by_iterator(value: object, path: str) -> Leads:
    """What such an iterator keeps."""
    yield from ((path, each) for each in gc.get_referents(value) if not isinstance(each, (type, ModuleType)))


def graph(tensor: torch.Tensor) -> Iterator[object]:
    """What the autograd graph behind a tensor has saved for a backward pass."""
    waiting = deque([tensor.grad_fn])
    seen: set[object] = set()
    while waiting and len(seen) < _MOST_NODES:
        node = waiting.popleft()
        if node is None or node in seen:
            continue
        seen.add(node)
        waiting.extend(following for following, _ in node.next_functions)
        yield from _saved(node)


def _saved(node: object) -> Iterator[object]:
    for name in (*_names(type(node)), "saved_tensors"):  # type: ignore[arg-type]
        try:
            yield getattr(node, name, None)
        except RuntimeError:  # it was freed by a backward pass
            continue


@functools.cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(name for name in dir(kind) if name.startswith("_saved_"))


def kept(value: object) -> list[object] | None:
    """What a function, a method or a descriptor keeps besides code; None where that may change."""
    if isinstance(value, property):
        return [value.fget, value.fset, value.fdel]
    if isinstance(value, (staticmethod, classmethod)):
        return [value.__func__]
    if isinstance(value, MethodType):
        return [value.__self__, value.__func__]
    return _kept_by_function(value) if isinstance(value, FunctionType) else None


def _kept_by_function(function: FunctionType) -> list[object] | None:
    """A closure's variable may be set anew, and come to hold memory; one that holds code is a decorator's."""
    closed = [_content(cell) for cell in function.__closure__ or ()]
    if not all(isinstance(each, (FunctionType, MethodType, type)) for each in closed):
        return None
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    return [*closed, *defaults, *vars(function).values()]


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return None
