"""Parameter groups must say which of two update rules they get: matrices the one, the rest the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self, cast

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import nn

#: Said of a snippet that tells apart by dimensions which update rule a parameter gets.
BY_DIMENSIONS = (
    "The lines divide the parameters by their dimensions alone; embeddings and output layers are matrices "
    "too, and optimizers of this kind usually leave them to the other group: see the class's documentation."
)
#: ``if 'use_muon' not in group``, ``assert "use_muon" in group``, ``group['use_muon']``.
_FLAG = re.compile(
    r"""['"]((?:use|is)_\w+)['"] (?:not )?in \w*g(?:roup)?\b|\bg(?:roup)?\[['"]((?:use|is)_\w+)['"]\]"""
)


class TaggedGroups(Protocol):
    """The source looks for a flag in every group, and bare parameters have been refused."""

    order = 15

    def __init__(self, flag: str = "") -> None:
        self.flag = flag
        self.parameters_source = (
            f"[{{'params': [p for p in model.parameters() if p.ndim == 2], '{flag}': True}}, "
            f"{{'params': [p for p in model.parameters() if p.ndim != 2], '{flag}': False}}]"
        )

    def suits(self, clues: Clues) -> bool:
        """Read from the source, once it has refused."""
        return clues.refused and bool(_flag(clues))

    def fitted(self, clues: Clues) -> Self:
        """With the flag."""
        return type(self)(_flag(clues))

    def arrange(self, given: object, model: nn.Module) -> object:  # noqa: ARG002
        """Two groups, matrices first."""
        parameters = cast("Sequence[nn.Parameter]", given)
        matrices = [p for p in parameters if p.ndim == 2]
        others = [p for p in parameters if p.ndim != 2]
        return [{"params": matrices, self.flag: True}, {"params": others, self.flag: False}]

    def further(self, parameter: nn.Parameter) -> Mapping[str, object]:
        """With the flag of its kind."""
        return {self.flag: parameter.ndim == 2}

    def note(self) -> str:
        """What dimensions alone do not tell."""
        return BY_DIMENSIONS


def _flag(clues: Clues) -> str:
    """The first flag that is read from groups and is no argument of the constructor."""
    found = (one or other for one, other in _FLAG.findall(clues.source))
    known = {clues.first, *clues.required, *clues.optional}
    return next((name for name in found if name not in known), "")
