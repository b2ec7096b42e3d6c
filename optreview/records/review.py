"""The review: the record that is saved, and from which every output is rendered."""

from __future__ import annotations

from typing import Literal

import msgspec

from optreview.records.common import Location, Record
from optreview.records.dynamic import DynamicEvidence
from optreview.records.judgement import Judged
from optreview.records.memory import Failure
from optreview.records.purpose import Purpose
from optreview.records.static import Finding, StaticEvidence

#: Semantic version of the saved record. A new optional field is a minor change, any other a major one.
SCHEMA_VERSION = "2.0.0"
GENERATOR = "optreview"


class Confirmation(Record, frozen=True, kw_only=True):
    """What the traced run says of a finding: it happened there, the line ran without it, or never ran."""

    rule: str
    location: Location
    verdict: Literal["seen", "not-seen", "not-reached"]


class Joined(Record, frozen=True, kw_only=True):
    """The source's claims beside what a traced run did.

    Attributes:
        checks: Ids of the checks that ran.
        findings: Where source and run disagree.
        confirmations: What became of those findings of the source that a run can settle.
    """

    checks: tuple[str, ...]
    findings: tuple[Finding, ...]
    confirmations: tuple[Confirmation, ...]


class Evidence(Record, frozen=True, kw_only=True):
    """Both halves of the evidence. ``not_run`` says why there is no dynamic half; one of the two is set.

    ``joined`` is None where there is no traced run to join the source with.
    """

    static: StaticEvidence
    dynamic: DynamicEvidence | None
    not_run: Failure | None
    joined: Joined | None = None


class Review(Record, frozen=True, kw_only=True):
    """The saved record: everything the page says can be found here, and nothing has to be run again.

    ``purpose`` is what the review is for where somebody said so, else None.
    """

    schema_version: str
    generator: str
    generator_version: str
    evidence: Evidence
    judged: Judged
    reviewed_on: str | None = None
    purpose: Purpose | None = None


def encode(review: Record) -> bytes:
    """Serialise a record such as a review: keys in declaration order, two-space indent, one final newline."""
    return msgspec.json.format(msgspec.json.encode(review), indent=2) + b"\n"
