"""Modes under which an optimizer runs beside its equations: without its roundings, its draws noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import TorchFunctionMode

from optreview.evidence.dynamic.rule.equations.operations import RANDOM, base
from optreview.evidence.dynamic.rule.program.instructions import mapped

if TYPE_CHECKING:
    from collections.abc import Callable

_NARROW = {
    torch.float32: "float32",
    torch.float16: "float16",
    torch.bfloat16: "bfloat16",
}
_CASTS = {"float": "float32", "half": "float16", "bfloat16": "bfloat16"}


class Widened(TorchFunctionMode):
    """While it is active, whatever would get a type of fewer bits than float64 gets float64.

    Attributes:
        names: The types that were asked for.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - what torch returns
        name = getattr(func, "__name__", "")
        if name in _CASTS and args and isinstance(args[0], torch.Tensor) and len(args) == 1:
            self.names.add(_CASTS[name])
            return args[0].double()
        wide = tuple(mapped(args, self._wide))
        return func(*wide, **{key: mapped(value, self._wide) for key, value in (kwargs or {}).items()})

    def _wide(self, value: Any) -> Any:  # noqa: ANN401 - an argument
        if isinstance(value, torch.dtype) and value in _NARROW:
            self.names.add(_NARROW[value])
            return torch.float64
        return value


class Draws(TorchFunctionMode):
    """Notes the random numbers that a step draws, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[torch.Tensor] = []

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - what torch returns
        result = func(*args, **(kwargs or {}))
        if base(getattr(func, "__name__", "")) in RANDOM and isinstance(result, torch.Tensor):
            self.drawn.append(result.detach().double().clone())
        return result

    def number(self, which: torch.Tensor) -> torch.Tensor:
        """One of them, counted from 1.

        Raises:
            RuntimeError: There were not so many.
        """
        if not 1 <= int(which) <= len(self.drawn):
            raise RuntimeError("It drew fewer random numbers.")
        return self.drawn[int(which) - 1]
