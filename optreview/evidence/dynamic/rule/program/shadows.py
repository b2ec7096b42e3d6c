"""What loses a number's expression at C level, replaced while a step is recorded, and put back after it.

``math.sqrt(x)``, ``float(x)`` and ``max(x, y)`` see only the plain number in a ``SymbolicFloat``; a tensor
given to them becomes a plain number too. So ``math`` and, in the modules of the optimizer's package, the
builtins get stand-ins that keep the expression.
"""

from __future__ import annotations

import builtins
import math
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import handle_torch_function

from optreview.evidence.dynamic.rule.program.expression import FUNCTIONS
from optreview.evidence.dynamic.rule.program.scalars import Symbolic, applied, is_symbolic, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

_MISSING = object()


@dataclass(frozen=True)
class Replacement:
    """A name and what it shall stand for."""

    names: dict[str, Any]
    name: str
    value: Any


def replacements(modules: list[ModuleType], *, merging: bool = True) -> list[Replacement]:
    """What to replace in ``math`` and in these modules.

    Args:
        modules: Those of the optimizer's package.
        merging: Let ``max`` of a tensor and a number be a tensor, whichever it is; else it is a guard.
    """
    found = [Replacement(vars(math), name, function) for name, function in _MATH.items()]
    of_builtins = _BUILTINS if merging else {**_BUILTINS, **_GUARDING}
    for module in modules:
        names = vars(module)
        pairs = [(name, value, _of(value)) for name, value in names.items()]
        found += [
            Replacement(names, name, stand_in) for name, value, stand_in in pairs if stand_in is not value
        ]
        found += [Replacement(names, name, each) for name, each in of_builtins.items() if name not in names]
    return found


@contextmanager
def shadowed(found: list[Replacement]) -> Iterator[None]:
    """Replace them for as long as the context lasts."""
    before: list[tuple[Replacement, object]] = []
    try:
        for each in found:
            before.append((each, each.names.get(each.name, _MISSING)))
            each.names[each.name] = each.value
        yield
    finally:
        for each, value in reversed(before):
            if value is _MISSING:
                each.names.pop(each.name, None)
            else:
                each.names[each.name] = value


def _of(value: Any) -> Any:  # noqa: ANN401 - whatever a module holds
    """The stand-in for a function of ``math``; what a scripted function was made from; else the value."""
    if isinstance(value, torch.jit.ScriptFunction):
        return getattr(value, "_torchdynamo_inline", value)
    return _BY_ORIGINAL.get(id(value), value) if callable(value) else value


def modules_of(cls: type) -> list[ModuleType]:
    """The modules of the packages that the class and its bases come from, as far as they are imported."""
    tops = {each.__module__.partition(".")[0] for each in cls.__mro__} - {"builtins", "typing", "abc"}
    found = []
    for name, module in sorted(sys.modules.items()):
        top = name.partition(".")[0]
        # torch itself is large, and only its optimizers compute with numbers of a group
        if module is not None and top in tops and (top != "torch" or name.startswith("torch.optim")):
            found.append(module)
    return found


def unshadowed(value: object) -> object:
    """The builtin itself, where a stand-in for it is given to torch as a dtype."""
    return _ORIGINALS.get(value, value) if isinstance(value, type) else value


def _number(value: Any) -> Any:  # noqa: ANN401 - a number of any type
    """A tensor's only element, whose reading is recorded."""
    return value.item() if isinstance(value, torch.Tensor) else value


def _stand_in(op: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def function(*args: Any) -> Any:  # noqa: ANN401 - numbers of any type
        numbers = [_number(each) for each in args]
        if any(map(is_symbolic, numbers)) and all(isinstance(each, int | float) for each in numbers):
            return applied(op, *numbers)
        return original(*map(plain, numbers))

    return function


def _extreme(
    op: str, original: Callable[..., Any], of_tensors: Callable[..., Any] | None
) -> Callable[..., Any]:
    def function(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - what the builtin takes
        given = args[0] if len(args) == 1 and isinstance(args[0], list | tuple) else args
        if len(given) > 1 and not options:
            if all(isinstance(each, int | float) for each in given):
                return applied(op, *given)
            if of_tensors and all(isinstance(each, int | float | torch.Tensor) for each in given):
                tensors = [each for each in given if isinstance(each, torch.Tensor)]
                if all(each.numel() == 1 for each in tensors):
                    return handle_torch_function(of_tensors, tensors, *given)
        return original(*args, **options)

    return function


def largest(*values: torch.Tensor | float) -> torch.Tensor:
    """Python's ``max`` of tensors of one element and numbers, as a tensor."""
    return _as_tensor(max(values), values)


def smallest(*values: torch.Tensor | float) -> torch.Tensor:
    """Python's ``min`` of tensors of one element and numbers, as a tensor."""
    return _as_tensor(min(values), values)


def _as_tensor(chosen: torch.Tensor | float, values: tuple[torch.Tensor | float, ...]) -> torch.Tensor:
    like = next(each for each in values if isinstance(each, torch.Tensor))
    return chosen.clone() if isinstance(chosen, torch.Tensor) else torch.full_like(like, chosen)


class _Kind(type):
    """Makes a stand-in for ``float`` or ``int`` that is still the type itself to ``isinstance``."""

    original: type

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.original)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.original)

    def __call__(cls, *args: Any) -> Any:  # noqa: ANN401 - what the builtin takes
        value = _number(args[0]) if args else None
        if len(args) == 1 and isinstance(value, Symbolic):
            return value if isinstance(value, cls.original) else applied(cls.original.__name__, value)
        return cls.original(*((value, *args[1:]) if args else ()))


class _Float(float, metaclass=_Kind):
    original = float


class _Int(int, metaclass=_Kind):
    original = int


def _range(*args: Any) -> range:  # noqa: ANN401 - what the builtin takes
    """As often as the number says, which is noted as a guard: with another number it is another program."""
    for each in args:
        if isinstance(each, Symbolic):
            applied("eq", each, each.value)
    return range(*map(plain, args))


_MATH = {
    name: _stand_in(f"math.{name}", getattr(math, name))
    for name in vars(math)
    if f"math.{name}" in FUNCTIONS and not name.startswith("_")
}
_BY_ORIGINAL = {id(getattr(math, name)): stand_in for name, stand_in in _MATH.items()}
_BUILTINS: dict[str, Any] = {
    "max": _extreme("max", builtins.max, largest),
    "min": _extreme("min", builtins.min, smallest),
    "float": _Float,
    "int": _Int,
    "range": _range,
}
_GUARDING = {"max": _extreme("max", builtins.max, None), "min": _extreme("min", builtins.min, None)}
_ORIGINALS: dict[type, type] = {_Float: float, _Int: int}
