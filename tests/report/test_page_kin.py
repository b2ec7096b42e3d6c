"""A class whose rule is near a known one: what the page gives as the known rule's, and what as its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tests import samples
from tests.judgement.test_identity import EXCEPT, SAME, evidence
from tests.report.test_page import page

if TYPE_CHECKING:
    from optreview.records import Kin

KEYS = samples.measured(
    "options_of_groups", 1, "options", note="`normalized`", locations=(samples.at(30), samples.at(31))
)


def with_keys(kin: Kin, *, keywords: bool = False) -> str:
    found = evidence("Fancy", kin)
    static = msgspec.structs.replace(
        found.static,
        measurements=(*found.static.measurements, KEYS),
        accepts_extra_keywords=keywords,
    )
    text: str = page(msgspec.structs.replace(found, static=static))
    return text


def test_the_idea_of_a_rule_that_is_only_near_is_not_given_as_its_own() -> None:
    assert "The idea of Adam, whose rule is the nearest and not its own, as published: " in page(
        evidence("Fancy", EXCEPT)
    )
    assert "whose rule is the nearest" not in page(evidence("Adam", EXCEPT))
    assert "The idea of Adam" not in page(evidence("Fancy", SAME))


@pytest.mark.parametrize("keywords", [False, True])
def test_keys_that_groups_bring_are_told_with_their_lines_and_as_a_limit(*, keywords: bool) -> None:
    text = with_keys(EXCEPT, keywords=keywords)
    (said,) = (line for line in text.splitlines() if line.startswith("`step` also reads"))
    assert said.startswith(
        "`step` also reads `normalized` from the parameter groups (lines 30 and 31), where"
    )
    assert ("a further keyword" in said) is keywords
    assert "Other settings of `normalized` in its parameter groups may make it another rule." in text
    assert "values of the options or keys of the groups, gradients of another kind" in text
    bare = page(evidence("Fancy", EXCEPT))
    assert "parameter groups may make it" not in bare
    assert "or keys of the groups" not in bare


def test_a_distance_says_what_it_is_of_and_what_eps_the_runs_had() -> None:
    near = msgspec.structs.replace(EXCEPT, behaviour=0.098, matching=())
    text = page(evidence("Fancy", near))
    assert "| Adam (2014) | 0.01 |" in text
    assert "or a tenth of that of the steps, where this is more" in text
    assert (
        "In short runs, in which any tiny eps is raised to 0.001 or more, its steps are 0.098 of 1 away "
        "from those of Adam (2014), "
        "the one known rule that it was held beside in this way." in text
    )


def test_a_setting_that_nothing_converts_is_not_known_instead_of_not_carried_over() -> None:
    text = page(evidence("Fancy", EXCEPT))
    assert "What the setting of today becomes is not known: the catalogue has no conversion for it." in text
    assert "does not carry over" not in text
