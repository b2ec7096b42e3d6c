"""What is worse about an optimizer besides its memory: probes that fail, rules that find more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.report import figures
from optreview.report.check_formats import _words
from optreview.report.check_formats._problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.records import CheckedClass
    from optreview.records.gate import LintChange, ProbeChange


def conduct(each: CheckedClass) -> Iterator[Problem]:
    """Probes first."""
    yield from (_probe(change) for change in each.probes if change.verdict == "worse")
    yield from (_lint(change) for change in each.lint if change.verdict == "worse")


def _probe(change: ProbeChange) -> Problem:
    return Problem(
        rule="probe_failed",
        subject=change.probe,
        title=f"fails the probe {change.probe}",
        figures=f"{change.before} → {change.after}",
        places=change.places,
        sentence=f"{_words.answered(change)}{_words.at(change.places)}",
    )


def _lint(change: LintChange) -> Problem:
    return Problem(
        rule="lint_more",
        subject=change.rule,
        title=f"lint: {change.rule}",
        figures=f"{change.before} → {figures.count(change.after, 'finding')}",
        places=change.places,
        sentence=f"{_words.counts(change)}{_words.at(change.places)}",
    )
