"""Keys that the step reads from every group and that no argument of the constructor puts there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

from optreview.evidence.dynamic import customary
from optreview.evidence.dynamic.protocols import Clues, Protocol
from optreview.evidence.dynamic.protocols.gated_groups import GATES, in_groups, with_keys

if TYPE_CHECKING:
    from torch import nn

_ABSENT = re.compile(r"KeyError: ['\"](\w+)['\"]")


class GroupKeys(Protocol):
    """The error is a KeyError, and the source reads that key from a group."""

    order = 16
    again = True

    def __init__(self, key: str = "", value: str = "") -> None:
        self.key = key
        self.value = value
        self.parameters_source = in_groups({key: value})

    def suits(self, clues: Clues) -> bool:
        """Read from the error and the source."""
        return clues.refused and bool(_absent(clues))

    def fitted(self, clues: Clues) -> Self:
        """With the key, and a customary value."""
        key = _absent(clues)
        return type(self)(key, _value(key))

    def arrange(self, given: object, model: nn.Module) -> object:  # noqa: ARG002
        """Groups with the key."""
        return with_keys(given, {self.key: self.value})

    def note(self) -> str:
        """That the groups need it."""
        return f"Every group needs the key {self.key!r}; {self.value} is a customary value, not a default."


def _absent(clues: Clues) -> str:
    found = _ABSENT.search(clues.error)
    if found is None or not _value(found[1]):
        return ""
    reads = re.search(rf"""\b\w*g(?:roup)?\[['"]{found[1]}['"]\]""", clues.source)
    return found[1] if reads else ""


def _value(key: str) -> str:
    return GATES.get(key) or customary.value(key) or ""
