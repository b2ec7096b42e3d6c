"""Arguments whose default is no value: they are mandatory, and say so only when used (the rate of CAME)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from optreview.evidence.dynamic import customary
from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

_RATES = ("lr", "learning_rate")


class UnsetArguments(Protocol):
    """It refuses, and a rate or a horizon is None or a mark such as torch's old ``required``."""

    order = 4

    def __init__(self, horizons: tuple[str, ...] = ()) -> None:
        self.horizons = horizons

    def suits(self, clues: Clues) -> bool:
        """Read from the signature, once it has refused."""
        return clues.refused and bool(self.arguments(clues))

    def fitted(self, clues: Clues) -> Self:
        """With the names of the arguments that only the user knows."""
        return type(self)(tuple(name for name in self.arguments(clues) if customary.horizon(name)))

    def arguments(self, clues: Clues) -> Mapping[str, str]:
        """A customary value for the rate, and for horizons where the error speaks of None or of the mark."""
        unset = {name: default for name, default in clues.optional.items() if _is_unset(default)}
        marks = {type(default).__name__.lower() for default in unset.values()}
        meant = clues.mentions(*marks)
        wanted = [name for name in unset if name in _RATES or (meant and customary.horizon(name))]
        return {name: customary.value(name) or "" for name in wanted}

    def note(self) -> str:
        """What stands for the user's own schedule."""
        return customary.stands_for(self.horizons)


def _is_unset(default: object) -> bool:
    return default is None or default is ... or "required" in type(default).__name__.lower()
