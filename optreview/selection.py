"""Which findings a run is about: the rules that were chosen, and what a project accepts, with reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from optreview.records import Confidence, Finding, Severity

#: From what is worth knowing to what breaks training.
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A rule that a project accepts in some of its files, and why.

    Attributes:
        origin: The file that says so; paths in it count from its folder.
        line: Where it says so.
        path: A pattern over paths with forward slashes; ``*`` also matches slashes.
    """

    rule: str
    reason: str
    origin: Path
    line: int = 1
    path: str = "*"

    def covers(self, rule: str, file: Path) -> bool:
        """Whether a finding of ``rule`` in a file is accepted."""
        folder = self.origin.parent
        if rule != self.rule or not file.is_relative_to(folder):
            return False
        return fnmatchcase(file.relative_to(folder).as_posix(), self.path)


@dataclass(frozen=True, slots=True)
class Selection:
    """What to look for.

    Attributes:
        select: The rules to run; all of them when empty.
        ignore: Rules not to run, even if selected.
        severities: Severities that a project sets in place of the rules' own.
        least: The lowest severity to show, of rules that nobody selected by name.
        doubtful: Whether to show, of those rules, findings that are only possible.
        accepted: Findings that a project accepts.
    """

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    least: Severity = "info"
    doubtful: bool = True
    accepted: tuple[Accepted, ...] = ()

    def runs(self, rule: str) -> bool:
        """Whether a rule is run."""
        return rule not in self.ignore and (not self.select or rule in self.select)

    def accepting(self, rule: str, file: Path) -> tuple[Accepted, ...]:
        """The entries by which the project accepts a rule in a file."""
        return tuple(entry for entry in self.accepted if entry.covers(rule, file))

    def severity(self, finding: Finding) -> Severity:
        """How much a finding matters: what the project says, else what the rule says."""
        return self.severities.get(finding.rule) or finding.severity or "warning"

    def shows(self, rule: str, severity: Severity, confidence: Confidence) -> bool:
        """Whether such findings are shown; those of a rule selected by name always are."""
        if not self.runs(rule) or rule in self.select:
            return self.runs(rule)
        return reaches(severity, self.least) and (self.doubtful or confidence != "possible")


def reaches(severity: Severity, least: Severity) -> bool:
    """Whether a severity is at least another."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(least)
