"""One thing that is worse about an optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.report import figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.records import SourceLine


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is worse.

    Attributes:
        rule: A key of ``RULES``.
        subject: What tells it from others of the same rule: the buffers, the budget, the probe, the rule.
        title: What is worse, in few words.
        figures: What it was and what it is, in bytes per parameter where it is about memory.
        places: The lines that make it.
        sentence: All of this in a sentence, with the lines.
        at_7b: What that means at seven billion parameters; empty where it has no size.
        runs: Where it was seen, the worst one first; empty for what has a run of its own, or none.
    """

    rule: str
    subject: str
    title: str
    figures: str
    places: tuple[SourceLine, ...]
    sentence: str
    at_7b: str = ""
    runs: tuple[str, ...] = ()


def in_runs(runs: Sequence[str]) -> str:
    """The worst run, and how many others."""
    return runs[0] + (f" and {figures.count(len(runs) - 1, 'other run')}" if len(runs) > 1 else "")
