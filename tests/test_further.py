"""When a job's model is simulated: where nothing else says what a class takes there, and only there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from optreview.evidence.dynamic import at_scale
from optreview.judgement import tiering, usecase
from optreview.report import store

if TYPE_CHECKING:
    from optreview.records import Evidence

REVIEWS = Path(__file__).parents[1] / "reviews"


def evidence(name: str) -> Evidence:
    return store.load(REVIEWS / f"{name}.json").evidence


@pytest.mark.parametrize(
    ("name", "wanted"), [("torch/LBFGS", True), ("torch/AdamW", False), ("torch/SGD", False)]
)
def test_what_the_law_of_its_buffers_gives_needs_no_simulation(name: str, wanted: bool) -> None:
    found = tiering.to_simulate(evidence(name), usecase.load("gan"))
    assert (found is not None) is wanted
    if found is not None:
        assert (found.name, found.dtypes) == ("dcgan", ("float32",))


def test_what_was_simulated_once_or_could_not_be_is_not_tried_again() -> None:
    case = usecase.load("llm_pretraining")
    assert tiering.to_simulate(evidence("torch/Adafactor"), case) is None


def test_nothing_is_lost_of_either_simulation() -> None:
    dynamic = evidence("torch/Adafactor").dynamic
    assert dynamic is not None
    assert dynamic.scale is not None
    twice = at_scale.joined(dynamic.scale, dynamic.scale)
    assert twice is not None
    assert len(twice.runs) == 2 * len(dynamic.scale.runs)
    assert at_scale.joined(None, dynamic.scale) == dynamic.scale == at_scale.joined(dynamic.scale, None)
