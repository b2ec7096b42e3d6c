"""What a run of the linter knows of one file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optreview.evidence.static.suppressions import Suppressions

if TYPE_CHECKING:
    from optreview.evidence.static import Sheet
    from optreview.records import Finding

_CERTAINTY = ("certain", "likely", "possible")


@dataclass
class File:
    """A file that was read, and what was found in it.

    Attributes:
        shown: How findings name it.
        findings: By rule, place and message, each with the classes it was found in.
        read: The optimizers that it defines and that were read to their end.
        unfinished: Some optimizer that it defines was not.
    """

    name: str
    shown: str
    lines: tuple[str, ...]
    suppressions: Suppressions
    classes: frozenset[str]
    findings: dict[tuple[str, int, int, str], tuple[Finding, set[str]]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    unfinished: bool = False

    @classmethod
    def of(cls, sheet: Sheet) -> File:
        """A file without findings so far."""
        return cls(sheet.name, sheet.shown, sheet.lines, Suppressions(sheet.suppressions), sheet.classes)

    def add(self, finding: Finding, class_name: str) -> None:
        """Note a finding; where classes share code it is one, as certain as where it is plainest."""
        place = finding.location
        key = (finding.rule, place.line, place.column, finding.message)
        known, names = self.findings.get(key, (finding, set()))
        best = min(known, finding, key=lambda each: _CERTAINTY.index(each.confidence))
        self.findings[key] = (best, names | {class_name})

    def line(self, number: int) -> str:
        """A line of the source, empty outside the file."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""
