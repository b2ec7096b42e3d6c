"""What the rules find in a class, as a baseline holds it: the lines of each rule, and which are new."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from optreview.gate.lines import source_file, source_line
from optreview.records.gate import LintChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from optreview.records import Finding, Target
    from optreview.selection import Selection


def counted(found: Iterable[Finding], target: Target, selection: Selection) -> tuple[Finding, ...]:
    """Those that the project wants to see and has not accepted, each once, in the order of the files."""
    each_once = {(f.rule, f.location, f.message): f for f in found}
    return tuple(each for each in each_once.values() if _counts(each, target, selection))


def _counts(finding: Finding, target: Target, selection: Selection) -> bool:
    if finding.suppressed is not None:
        return False
    path = source_file(target, finding.location)
    if path is not None and selection.accepting(finding.rule, path):
        return False
    return selection.shows(finding.rule, selection.severity(finding), finding.confidence)


def by_rule(found: Iterable[Finding], target: Target) -> dict[str, tuple[str, ...]]:
    """The lines that each rule found something in, sorted, so that one that only moves changes nothing."""
    lines: dict[str, list[str]] = {}
    for finding in found:
        lines.setdefault(finding.rule, []).append(source_line(target, finding.location))
    return {rule: tuple(sorted(lines[rule])) for rule in sorted(lines)}


def changes(before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]) -> Iterator[LintChange]:
    """The rules that find more, or less."""
    for rule in sorted({*before, *after}):
        was, now = len(before.get(rule, ())), len(after.get(rule, ()))
        if was != now:
            yield LintChange(rule=rule, verdict="worse" if now > was else "better", before=was, after=now)


def fresh(found: Iterable[Finding], rule: str, known: Iterable[str], target: Target) -> tuple[Finding, ...]:
    """The findings of a rule at lines that had none; of equal lines the last."""
    there = Counter(known)
    new: list[Finding] = []
    for finding in (each for each in found if each.rule == rule):
        line = source_line(target, finding.location)
        if there[line]:
            there[line] -= 1
        else:
            new.append(finding)
    return tuple(new)
