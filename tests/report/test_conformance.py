"""The page on the probes: what fails comes first, and every kind of answer is called by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from optreview.records import DynamicEvidence, Location, Measurement
from optreview.report.view import conformance
from tests import samples
from tests.report.test_page import page

if TYPE_CHECKING:
    from optreview.records import Presence


def answer(
    name: str, value: str | None, note: str, presence: Presence = "measured", *lines: int
) -> Measurement:
    unit = "verdict" if name == "sparse_gradients" else "outcome"
    places = tuple(Location(file="toy.py", line=line, column=1) for line in lines)
    return Measurement(id=name, value=value, unit=unit, presence=presence, note=note, locations=places)


def having(*answers: Measurement) -> DynamicEvidence:
    return samples.dynamic(measurements=answers)


def section(*answers: Measurement) -> str:
    text: str = page(samples.evidence(dynamic=having(*answers)))
    return text.partition("### What training needs of it")[2].partition("\n## ")[0]


def test_what_fails_is_named_on_the_first_screen_and_says_what_it_means() -> None:
    failing = answer("state_dict_reloads", "fail", "It gave other | weights.", "measured", 12)
    text = page(samples.evidence(dynamic=having(failing, answer("lr_in_groups", "pass", "It has."))))
    first = text.partition("## Overview")[0]
    assert "**Probes:** fails 1 of 2 questions on what training needs: `state_dict_reloads`." in first
    row = next(line for line in text.splitlines() if line.startswith("| Does training resumed"))
    assert "It gave other \\| weights. (line 12)" in row
    assert "A run that is resumed from a checkpoint is another run" in row


def test_what_passes_everything_is_told_in_a_line() -> None:
    text = section(answer("lr_in_groups", "pass", "It has."), answer("no_device_sync", "pass", "None."))
    assert "asked 2 questions" in text
    assert "passed all of them" in text
    assert "- **Passed:** `lr_in_groups` and `no_device_sync`." in text
    assert "| Fails |" not in text


def test_absence_is_not_failure() -> None:
    text = section(
        answer("lr_in_groups", "pass", "It has."),
        answer("learning_rate_schedulable", None, "It has no lr.", "not-applicable"),
        answer("no_device_sync", None, "Trying it raised X.", "errored"),
        answer("state_dict_reloads", "differs-by-design", "It says so."),
        answer("sparse_gradients", "rejected", "It raises."),
    )
    assert "asked 1 question that" in text
    assert "- **Not applicable:** `learning_rate_schedulable` (It has no lr)." in text
    assert "- **Not decided**, `no_device_sync`: Trying it raised X." in text
    assert "- **Differs by design**, `state_dict_reloads`: It says so." in text
    assert "- `sparse_gradients`, rejected: It raises." in text
    assert "| Fails |" not in text


def test_the_most_important_comes_first() -> None:
    view = conformance.build(
        having(
            answer("no_device_sync", "fail", "One."),
            answer("lr_in_groups", "fail", "Two."),
            answer("learning_rate_schedulable", "fail", "Three."),
        )
    )
    assert view is not None
    assert [each.question.care for each in view.failed] == ["high", "high", "medium"]


def test_a_record_from_before_says_nothing_of_probes() -> None:
    old = msgspec.structs.replace(answer("lr_in_groups", "pass", "It has."), value=True, unit="bool")
    assert conformance.build(having(old)) is None
    assert "What training needs of it" not in page(samples.evidence(dynamic=having(old)))


def test_one_reason_for_many_questions_is_said_once() -> None:
    late = "The probe was not reached."
    absent = [answer(name, None, late, "not-measured") for name in ("lr_in_groups", "no_device_sync")]
    text = section(*absent, answer("zero_grad_clears", "pass", "It does."))
    assert f"- **Not measured**, `lr_in_groups` and `no_device_sync`: {late}" in text
