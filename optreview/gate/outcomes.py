"""What became of each probe, and which of them are worse than they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from optreview.evidence.dynamic.conformance import FAIL, PASS, catalogue
from optreview.records.gate import ProbeChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optreview.records import DynamicEvidence

_VERDICTS: dict[tuple[str, str], Literal["worse", "better", "changed"]] = {
    (PASS, FAIL): "worse",
    (FAIL, PASS): "better",
}
#: Words in place of an outcome where there is none.
NOTHING = frozenset({"not-applicable", "not-measured", "errored"})


def outcomes(evidence: DynamicEvidence) -> dict[str, str]:
    """What was answered to each question, or why there is no answer."""
    asked = {question.id for question in catalogue()}
    found = {each.id: each for each in evidence.measurements if each.id in asked}
    return {
        name: str(each.value) if each.presence == "measured" else each.presence
        for name, each in sorted(found.items())
    }


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[ProbeChange]:
    """The probes that were answered before and now, and in another way."""
    for probe in sorted(before.keys() & after.keys()):
        was, now = before[probe], after[probe]
        if was != now and not NOTHING & {was, now}:
            verdict = _VERDICTS.get((was, now), "changed")
            yield ProbeChange(probe=probe, verdict=verdict, before=was, after=now, note="")


def lost(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """What passed and has no answer any more: neither worse nor the same."""
    for probe in sorted(before.keys() & after.keys()):
        if before[probe] == PASS and after[probe] in NOTHING:
            now = after[probe].replace("-", " ")
            yield f"The probe {probe} passed and is {now} now, which is no failure."
