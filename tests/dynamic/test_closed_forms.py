"""On seven billion parameters the simulation says what the update rules say, written down by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.memory_exactness.closed_forms import FORMS, simulated
from optreview.evidence.dynamic.client import Limits, Runner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.memory_exactness.closed_forms import Form


@pytest.fixture(scope="module")
def simulator() -> Iterator[Runner]:
    """A template that is prepared for simulations."""
    with Runner(device="cpu", limits=Limits(wall_seconds=300), simulates=True) as runner:
        yield runner


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.target}-{form.path}")
def test_state_and_peak_of_a_steady_step(simulator: Runner, form: Form) -> None:
    """To the byte."""
    state, peak = simulated(simulator, form)
    assert state == form.evaluate(form.state)
    if form.peak is not None:
        assert peak == form.evaluate(form.peak)
