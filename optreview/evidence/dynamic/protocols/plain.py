"""``cls(params)``, ``backward()``, ``step()``; mandatory hyperparameters get a customary value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from optreview.evidence.dynamic import customary
from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Plain(Protocol):
    """What seven optimizers in ten take."""

    order = 0

    def __init__(self, horizons: tuple[str, ...] = ()) -> None:
        self.horizons = horizons

    def suits(self, clues: Clues) -> bool:
        """Always tried first."""
        return clues.stage is None

    def fitted(self, clues: Clues) -> Self:
        """With the names of the arguments that only the user knows."""
        return type(self)(tuple(name for name in clues.required if customary.horizon(name)))

    def arguments(self, clues: Clues) -> Mapping[str, str]:
        """A customary value for every mandatory argument that has one."""
        values = {name: customary.value(name) for name in clues.required}
        return {name: value for name, value in values.items() if value is not None}

    def note(self) -> str:
        """What stands for the user's own schedule."""
        return customary.stands_for(self.horizons)
