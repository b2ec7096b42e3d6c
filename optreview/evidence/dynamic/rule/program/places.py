"""Where an optimizer keeps numbers and tensors: its groups, its state, its attributes; each place has a path.

Paths are ``param.0``, ``grad.0``, ``group.0.lr``, ``group.0.betas.1``, ``state.0.exp_avg`` and ``self.k``.
"""

from __future__ import annotations

from collections import deque
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_DEEPEST = 6
_PLAIN = (bool, str, type(None), torch.dtype, torch.device)


class Visitor:
    """Goes through every place and replaces numbers and tensors by what ``visit`` returns for them.

    Args:
        parameters: In the order in which their places are numbered.
        visit: Called with the path and a number or tensor; whatever it returns is put in the place.
        note: Called with the path and a value that is neither, such as a flag.
    """

    def __init__(
        self,
        parameters: Sequence[torch.Tensor],
        visit: Callable[[str, Any], Any],
        note: Callable[[str, object], None] | None = None,
    ) -> None:
        self._names = {id(each): str(index) for index, each in enumerate(parameters)}
        self._visit = visit
        self._note = note or (lambda *_: None)
        self._seen: dict[int, object] = {}

    def optimizer(self, optimizer: torch.optim.Optimizer, path: str = "") -> None:
        """All places of an optimizer, and of those that it wraps."""
        if id(optimizer) in self._seen:
            return
        self._seen[id(optimizer)] = optimizer
        for index, group in enumerate(getattr(optimizer, "param_groups", ())):
            self._items(group, f"{path}group.{index}", skipped=("params", "param_names"))
        self._items(getattr(optimizer, "state", {}), f"{path}state")
        for name, value in list(vars(optimizer).items()):
            if name in {"param_groups", "state"} | _bookkeeping():
                continue
            place = f"{path}{'defaults' if name == 'defaults' else f'self.{name}'}"
            new = self._value(value, place, 0)
            if new is not value:
                vars(optimizer)[name] = new

    def _items(self, items: Any, path: str, depth: int = 0, skipped: tuple[str, ...] = ()) -> None:  # noqa: ANN401
        if id(items) in self._seen:
            return
        self._seen[id(items)] = items
        for position, key in enumerate(list(items)):
            if key not in skipped:
                value = items[key]
                new = self._value(value, f"{path}.{self._key(key, position)}", depth + 1)
                if new is not value:
                    items[key] = new

    def _key(self, key: object, position: int) -> str:
        """A parameter, or the ``id`` of one, by its number; any other object by its place."""
        number = key if isinstance(key, int) else id(key)
        return self._names.get(number, str(key) if isinstance(key, str | int) else f"[{position}]")

    def _value(self, value: Any, path: str, depth: int) -> Any:  # noqa: ANN401 - whatever is there
        if isinstance(value, _PLAIN):
            self._note(path, value)
        elif isinstance(value, int | float):
            return self._visit(path, value)
        elif isinstance(value, torch.Tensor):
            return value if id(value) in self._names else self._visit(path, value)
        elif depth <= _DEEPEST:
            return self._container(value, path, depth)
        return value

    def _container(self, value: Any, path: str, depth: int) -> Any:  # noqa: ANN401 - whatever is there
        if isinstance(value, tuple):
            parts = [self._value(each, f"{path}.{index}", depth + 1) for index, each in enumerate(value)]
            same = all(new is old for new, old in zip(parts, value, strict=True))
            return value if same else value._make(parts) if hasattr(value, "_make") else tuple(parts)
        if isinstance(value, list | deque) and id(value) not in self._seen:
            self._seen[id(value)] = value
            for index, each in enumerate(value):
                new = self._value(each, f"{path}.{index}", depth + 1)
                if new is not each:
                    value[index] = new
        elif isinstance(value, dict):
            self._items(value, path, depth)
        elif isinstance(value, torch.optim.Optimizer):
            self.optimizer(value, f"{path}.")
        elif _own(value) and id(value) not in self._seen:
            self._seen[id(value)] = value
            for name, each in list(vars(value).items()):
                new = self._value(each, f"{path}.{name}", depth + 1)
                if new is not each:
                    vars(value)[name] = new
        return value


@cache
def _bookkeeping() -> frozenset[str]:
    """Attributes that every optimizer has: torch's, not the algorithm's."""
    return frozenset(vars(torch.optim.SGD([torch.zeros(1)]))) - {"param_groups", "state", "defaults"}


def _own(value: object) -> bool:
    """An object of the package's own that keeps attributes; a model keeps none of the optimizer's."""
    return (
        hasattr(value, "__dict__")
        and not isinstance(value, type | nn.Module)
        and not callable(value)
        and type(value).__module__.partition(".")[0] not in {"torch", "builtins", "numpy"}
    )


def flags(found: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Flags by place, in a form that can be compared."""
    return tuple(sorted((path, repr(value)) for path, value in found.items()))
