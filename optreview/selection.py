"""Which findings a run is about: the rules that were chosen, and what a project accepts, with reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optreview.records import Finding, Severity

#: From what is worth knowing to what breaks training.
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A rule that a project accepts in some of its files, and why.

    Attributes:
        path: A pattern over paths relative to the project, with forward slashes; ``*`` also matches slashes.
    """

    rule: str
    reason: str
    path: str = "*"

    def covers(self, rule: str, path: str) -> bool:
        """Whether a finding of ``rule`` in the file at ``path`` is accepted."""
        return rule == self.rule and fnmatchcase(path, self.path)


@dataclass(frozen=True, slots=True)
class Selection:
    """What to look for.

    Attributes:
        select: The rules to run; all of them when empty.
        ignore: Rules not to run, even if selected.
        severities: Severities that a project sets in place of the rules' own.
        least: The lowest severity to show, of rules that nobody selected by name.
        accepted: Findings that a project accepts.
    """

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    least: Severity = "info"
    accepted: tuple[Accepted, ...] = ()

    def runs(self, rule: str) -> bool:
        """Whether a rule is run."""
        return rule not in self.ignore and (not self.select or rule in self.select)

    def severity(self, finding: Finding) -> Severity:
        """How much a finding matters: what the project says, else what the rule says."""
        return self.severities.get(finding.rule) or finding.severity or "warning"

    def shows(self, finding: Finding) -> bool:
        """Whether a finding is shown; a rule selected by name is, whatever its severity."""
        if not self.runs(finding.rule):
            return False
        return finding.rule in self.select or reaches(self.severity(finding), self.least)


def reaches(severity: Severity, least: Severity) -> bool:
    """Whether a severity is at least another."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(least)
