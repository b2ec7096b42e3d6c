"""The review: the record that is saved, and from which every output is rendered."""

from __future__ import annotations

import msgspec

from optreview.records.common import Record
from optreview.records.dynamic import DynamicEvidence, Failure
from optreview.records.judgement import Judged
from optreview.records.static import StaticEvidence

#: Semantic version of the saved record. A new optional field is a minor change, any other a major one.
SCHEMA_VERSION = "1.1.0"
GENERATOR = "optreview"


class Evidence(Record, frozen=True, kw_only=True):
    """Both halves of the evidence. ``not_run`` says why there is no dynamic half; one of the two is set."""

    static: StaticEvidence
    dynamic: DynamicEvidence | None
    not_run: Failure | None


class Review(Record, frozen=True, kw_only=True):
    """The saved record: everything the page says can be found here, and nothing has to be run again."""

    schema_version: str
    generator: str
    generator_version: str
    evidence: Evidence
    judged: Judged
    reviewed_on: str | None = None


def encode(review: Review) -> bytes:
    """Serialise a review: keys in declaration order, two-space indent, one final newline."""
    return msgspec.json.format(msgspec.json.encode(review), indent=2) + b"\n"
