"""Two lists of parameters, each with its own update rule: matrices first, the rest by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from optreview.evidence.dynamic import customary
from optreview.evidence.dynamic.protocols import Clues, Protocol
from optreview.evidence.dynamic.protocols.tagged_groups import BY_DIMENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import nn


class TwoLists(Protocol):
    """The first parameter is named for a list of parameters, and so is another one that has no default."""

    order = 6
    parameters_source = "[p for p in {parameters} if p.ndim == 2]"

    def suits(self, clues: Clues) -> bool:
        """Read from the signature."""
        return clues.stage is None and customary.parameters(clues.first) and bool(self.arguments(clues))

    def arguments(self, clues: Clues) -> Mapping[str, str]:
        """What is no matrix, under the name of the second list."""
        others = [name for name in clues.required if customary.parameters(name)]
        return {others[0]: "[p for p in model.parameters() if p.ndim != 2]"} if len(others) == 1 else {}

    def arrange(self, given: object, model: nn.Module) -> object:  # noqa: ARG002
        """The matrices."""
        return [p for p in cast("Iterable[nn.Parameter]", given) if p.ndim == 2]

    def note(self) -> str:
        """What dimensions alone do not tell."""
        return BY_DIMENSIONS
