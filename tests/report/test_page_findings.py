"""What the page says of findings: their order, their reasons where they are suppressed."""

import re

import msgspec
import pytest

from tests import samples
from tests.report.test_page import page


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (None, "(line 21)\n"),
        ("The state is <b>shared</b>.", "(line 21), kept on purpose: The state is \\<b\\>shared\\</b\\>\n"),
        ("", "(line 21), suppressed in the source without a reason\n"),
    ],
)
def test_a_suppressed_finding_is_shown_with_its_reason(reason, words):
    facts = samples.static()
    kept = tuple(msgspec.structs.replace(f, suppressed=reason) for f in facts.findings)
    text = page(samples.evidence(static=msgspec.structs.replace(facts, findings=kept)))
    assert f"- **warning** `data_attribute`: `p.data` bypasses autograd {words}" in text


def test_findings_stand_in_the_order_of_their_severity_and_notes_share_a_line():
    facts = samples.static()
    (finding,) = facts.findings
    ranked = [("zeal", "error"), ("alpha", "info"), ("beta", "info"), ("middle", "warning")]
    findings = tuple(
        msgspec.structs.replace(finding, rule=rule, severity=severity) for rule, severity in ranked
    )
    text = page(samples.evidence(static=msgspec.structs.replace(facts, findings=findings)))
    lines = [line for line in text.splitlines() if line.startswith(("- **error", "- **warn", "- **info"))]
    assert [re.findall(r"`(zeal|alpha|beta|middle)`", line) for line in lines] == [
        ["zeal"],
        ["middle"],
        ["alpha", "beta"],
    ]
