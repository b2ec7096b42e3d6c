"""What mending comes to, and who is told on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from optreview.evidence.static.mending import Fix


class Observer(Protocol):
    """Who wants to hear how far a long run is."""

    def total(self, classes: int) -> None:
        """So many classes will be compared."""

    def phase(self, class_name: str, phase: str) -> None:
        """A class enters a phase, such as ``importing``."""


@dataclass(frozen=True)
class Mended:
    """A file with the edits that were shown to change nothing."""

    path: str
    before: bytes
    after: bytes


@dataclass(frozen=True)
class Refused:
    """An edit that is not made, and why, as a sentence."""

    fix: Fix
    reason: str


@dataclass(frozen=True)
class Failing:
    """A setting in which a class raises as it is and runs once mended."""

    class_name: str
    setting: str
    error: str


@dataclass(frozen=True)
class Outcome:
    """What can be mended, and what was done to show it.

    Attributes:
        fixes: The edits made, in the order of the files.
        equal: In how many settings each class, as ``module:Class``, gave equal bits.
        missing: Classes that run edited code and could not be compared, each with a sentence.
        failing: Where the mended class runs and the original raises, so that there is nothing to compare.
    """

    files: tuple[Mended, ...] = ()
    fixes: tuple[Fix, ...] = ()
    refused: tuple[Refused, ...] = ()
    equal: tuple[tuple[str, int], ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    failing: tuple[Failing, ...] = ()

    @property
    def by_rule(self) -> tuple[tuple[str, int], ...]:
        """How many edits of each rule are made, most first."""
        return tuple(
            sorted(Counter(fix.rule for fix in self.fixes).items(), key=lambda each: (-each[1], each[0]))
        )
