"""A job's model is simulated where nothing else says what a class takes there, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from optreview import further, models
from optreview.evidence.dynamic import at_scale
from optreview.evidence.dynamic.client import Job, Runner
from optreview.judgement import tiering, usecase, verdict
from optreview.records import DynamicEvidence, Evidence, Purpose
from optreview.report import store
from tests import samples
from tests.dynamic.conftest import lone

REVIEWS = Path(__file__).parents[1] / "reviews"
TOY = """
import torch

class Rows(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["row"] = torch.zeros(p.shape[:1], dtype=p.dtype)
                state["row"].add_(p.grad.flatten(1).square().mean(1) if p.dim() > 1 else p.grad.square())
                p.add_(p.grad, alpha=-group["lr"])
"""


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


def test_the_jobs_model_is_simulated_and_says_whether_it_fits(tmp_path: Path) -> None:
    path = tmp_path / "rows.py"
    path.write_text(TOY)
    target = lone(path, "Rows")
    purpose = Purpose(use_case=usecase.load("gan"), tiers=usecase.tiers())
    with Runner(device="cpu", simulates=True) as runner:
        dynamic = runner.measure(Job(target=target, only_traces=True, traces=(), probes=()))
        assert isinstance(dynamic, DynamicEvidence), dynamic
        assert dynamic.scale is None
        found = further.fitted(samples.evidence(dynamic=dynamic), target, runner, purpose, lambda _: None)
    fits = [each.fit for each in verdict.weigh(found, purpose=purpose).recommendations]
    rows = sum(4 * each.shape[0] for each in models.built_in("dcgan").tensors)
    assert [fit.own.state for fit in fits if fit and fit.own] == [rows] * len(usecase.tiers())
    assert {fit.own.how for fit in fits if fit and fit.own} == {"simulated"}
    # Of the family's other widths nothing is known, which is no "none".
    assert all(fit is not None and fit.partly_searched for fit in fits)
