"""A badge, as the endpoint of shields.io takes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from optreview.report import figures

if TYPE_CHECKING:
    from optreview.records import Check
    from optreview.records.gate import ClassVerdict

#: The first verdict that an optimizer has is what the badge says.
_SAID: tuple[tuple[ClassVerdict, str, str], ...] = (
    ("worse", "worse", "red"),
    ("not-measured", "not measured", "orange"),
    ("incomparable", "not compared", "lightgrey"),
)


def render(check: Check) -> str:
    """The badge as a line of JSON: what is wrong, and how many have it."""
    message, color = _said(check)
    badge = {"schemaVersion": 1, "label": "optimizer memory", "message": message, "color": color}
    return json.dumps(badge) + "\n"


def _said(check: Check) -> tuple[str, str]:
    verdicts = [each.verdict for each in check.optimizers]
    for verdict, words, color in _SAID:
        if verdict in verdicts:
            return f"{verdicts.count(verdict)} of {len(verdicts)} {words}", color
    return f"{figures.count(len(verdicts), 'optimizer')}, none worse", "brightgreen"
