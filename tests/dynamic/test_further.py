"""The job's model is simulated for a class of which nothing else says what it takes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview import further, models
from optreview.evidence.dynamic.client import Job, Runner
from optreview.judgement import usecase, verdict
from optreview.records import DynamicEvidence, Purpose
from tests import samples
from tests.dynamic.conftest import lone
from tests.dynamic.test_scale import HEAD

if TYPE_CHECKING:
    from pathlib import Path


def test_the_jobs_model_is_simulated_and_says_whether_it_fits(runner: Runner, tmp_path: Path) -> None:
    path = tmp_path / "rows.py"
    row = "p.grad.flatten(1).square().mean(1) if p.dim() > 1 else p.grad.square()"
    lines = (
        f"row = {row}",
        'self.state[p].setdefault("row", torch.zeros_like(row)).add_(row)',
        "p.sub_(p.grad)",
    )
    path.write_text(HEAD + "\n".join(" " * 16 + line for line in lines))
    target = lone(path, "Planted")
    purpose = Purpose(use_case=usecase.load("gan"), tiers=usecase.tiers())
    dynamic = runner.measure(Job(target=target, only_traces=True, traces=(), probes=()))
    assert isinstance(dynamic, DynamicEvidence), dynamic
    assert dynamic.scale is None
    wanted = further.Wanted(purpose)
    found = further.fitted(samples.evidence(dynamic=dynamic), target, runner, wanted, lambda _: None)
    fits = [each.fit for each in verdict.weigh(found, purpose=purpose).recommendations]
    rows = sum(4 * each.shape[0] for each in models.built_in("dcgan").tensors)
    assert [fit.own.state for fit in fits if fit and fit.own] == [rows] * len(usecase.tiers())
    assert {fit.own.how for fit in fits if fit and fit.own} == {"simulated"}
    # Of the family's other widths nothing is known, which is no "none".
    assert all(fit is not None and fit.partly_searched for fit in fits)
    told: list[str] = []
    sized = further.fitted(found, target, runner, further.Wanted(purpose, sizes=True), told.append)
    largest = [each.fit.largest for each in verdict.weigh(sized, purpose=purpose).recommendations if each.fit]
    assert {each.model: each.how for each in largest if each} == {"DCGAN of width 1024": "simulated"}
    assert len(told) == 1  # the widest fits everywhere, and then the others do
