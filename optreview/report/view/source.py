"""The static half as the page shows it: hyperparameters, in-place sites by role, and what is absent."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from optreview.frozen import Frozen

if TYPE_CHECKING:
    from optreview.records import (
        Finding,
        Hyperparameter,
        InPlaceSite,
        Joined,
        Location,
        Severity,
        StaticEvidence,
    )


class FindingGroup(Frozen, frozen=True):
    """What a rule says, and everywhere it says just that.

    Attributes:
        suppressed: Why the source keeps it, empty where it does not say; None where it is not suppressed.
        verdict: What the traced run says: ``seen``, ``not-seen``, ``not-reached``; None where it cannot tell.
    """

    message: str
    locations: tuple[Location, ...]
    suppressed: str | None = None
    verdict: str | None = None


class RuleFindings(Frozen, frozen=True):
    """All that one rule found."""

    rule: str
    severity: Severity
    groups: tuple[FindingGroup, ...]


class SourceView(Frozen, frozen=True):
    """Facts of the source, grouped for reading.

    Attributes:
        in_place: What the step writes into, by what that is.
        findings: By rule, the gravest severity first.
    """

    hyperparameters: tuple[Hyperparameter, ...]
    in_place: tuple[tuple[str, tuple[InPlaceSite, ...]], ...]
    findings: tuple[RuleFindings, ...]
    own_bases: tuple[str, ...]


_ROLE_ORDER = ("parameter", "gradient", "state", "temporary", "unknown")


def _decided(site: InPlaceSite, sites: tuple[InPlaceSite, ...]) -> str:
    """The role of a site, or ``unknown`` when the source allows several at the same place."""
    roles = {other.role for other in sites if other.location == site.location} - {"unknown"}
    return roles.pop() if len(roles) == 1 else "unknown"


def build(static: StaticEvidence, joined: Joined | None = None) -> SourceView:
    """Group the facts by what they are about."""
    by_role: dict[str, list[InPlaceSite]] = defaultdict(list)
    for site in static.in_place_sites:
        if site.in_step:
            by_role[_decided(site, static.in_place_sites)].append(site)
    return SourceView(
        hyperparameters=static.hyperparameters,
        in_place=tuple((role, tuple(by_role[role])) for role in _ROLE_ORDER if role in by_role),
        findings=_by_rule(static.findings, joined),
        own_bases=tuple(b.name for b in static.bases if b.location),
    )


_GRAVITY: tuple[Severity, ...] = ("error", "warning", "info")


def _by_rule(findings: tuple[Finding, ...], joined: Joined | None) -> tuple[RuleFindings, ...]:
    """The findings by rule, errors first; records that state no severity are taken for warnings.

    Findings that say the same, and fared alike in the traced run, are one.
    """
    settled = {(c.rule, c.location): c.verdict for c in (joined.confirmations if joined else ())}
    severities: dict[str, Severity] = {}
    by_rule: dict[str, dict[tuple[str, str | None, str | None], list[Location]]] = {}
    for finding in findings:
        verdict = settled.get((finding.rule, finding.location))
        said = (finding.message.rstrip("."), finding.suppressed, verdict)
        by_rule.setdefault(finding.rule, {}).setdefault(said, []).append(finding.location)
        severities[finding.rule] = finding.severity or "warning"
    found = [
        RuleFindings(
            rule,
            severities[rule],
            tuple(
                FindingGroup(message, tuple(places), kept, verdict)
                for (message, kept, verdict), places in said_at.items()
            ),
        )
        for rule, said_at in by_rule.items()
    ]
    return tuple(sorted(found, key=lambda entry: (_GRAVITY.index(entry.severity), entry.rule)))
