"""The join of both halves: what the source claims beside what a traced run did, over records alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.join.beside import Beside
from optreview.evidence.join.checks import catalogue
from optreview.records import Confirmation, Joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.join.check import Check
    from optreview.records import DynamicEvidence, Finding, StaticEvidence


def join(static: StaticEvidence, dynamic: DynamicEvidence) -> Joined | None:
    """Where source and run disagree, and which findings the run bears out; None without a traced run."""
    if not dynamic.traces:
        return None
    beside = Beside(static, dynamic)
    checks = catalogue()
    found: list[Finding] = [finding for check in checks for finding in check.findings(beside)]
    return Joined(
        checks=tuple(check.id for check in checks),
        findings=tuple(sorted(found, key=lambda f: (f.location, f.rule, f.message))),
        confirmations=tuple(_confirmations(beside, checks)),
    )


def _confirmations(beside: Beside, checks: tuple[Check, ...]) -> Iterator[Confirmation]:
    settled = {rule: check for check in checks for rule in check.settles}
    verdicts: dict[tuple[str, object], Confirmation] = {}
    for finding in beside.static.findings:
        check = settled.get(finding.rule)
        if check is not None:
            verdict = beside.verdict(finding.location, finding.end, check.shows)
            verdicts[finding.rule, finding.location] = Confirmation(
                rule=finding.rule, location=finding.location, verdict=verdict
            )
    yield from sorted(verdicts.values(), key=lambda c: (c.location, c.rule))
