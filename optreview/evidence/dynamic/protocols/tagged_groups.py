"""Parameter groups must say which of two update rules they get: matrices the one, the rest the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn


class TaggedGroups(Protocol):
    """The source looks for a flag in every group, and building with bare parameters has failed."""

    order = 15
    parameters_source = (
        "[{'params': [p for p in model.parameters() if p.ndim == 2], '{flag}': True}, "
        "{'params': [p for p in model.parameters() if p.ndim != 2], '{flag}': False}]"
    )

    def suits(self, clues: Clues) -> bool:
        """Read from the source and the error."""
        return clues.stage == "build" and bool(clues.group_flags)

    def first_argument(
        self,
        model: nn.Module,  # noqa: ARG002
        parameters: Sequence[nn.Parameter],
        clues: Clues,
    ) -> object:
        """Two groups, matrices first."""
        flag = clues.group_flags[0]
        matrices = [p for p in parameters if p.ndim == 2]
        others = [p for p in parameters if p.ndim != 2]
        return [{"params": matrices, flag: True}, {"params": others, flag: False}]
