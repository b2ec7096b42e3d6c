"""The constructor takes pairs of a name and a parameter (Adam-mini, 2406.16793)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import nn


class NamedParameters(Protocol):
    """The first parameter says so, or what it is given cannot be taken apart into two."""

    order = 6
    parameters_source = "list(model.named_parameters())"

    def suits(self, clues: Clues) -> bool:
        """Read from the signature, or from the error."""
        if clues.stage is None:
            return clues.first.startswith("named_param")
        return clues.stage == "build" and clues.mentions(
            "values to unpack", "cannot unpack", "iteration over a 0-d tensor"
        )

    def arrange(self, given: object, model: nn.Module) -> object:
        """Every parameter with its name."""
        chosen = {id(parameter) for parameter in cast("Iterable[nn.Parameter]", given)}
        return [(name, p) for name, p in model.named_parameters() if id(p) in chosen]
